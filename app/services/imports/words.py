"""Spellings that listings use, letters only and lower-case unless noted, and what they mean here."""

from app.core.vocabulary import AreaBasis, Facing, Furnishing, ListingType, Ownership, Possession, PropertyType

# Compared with the whole stripped text in lower case.
MISSING = {"", "-", "--", "na", "n/a", "n.a.", "nil", "none", "null", "not available", "not given", "none of these"}

MONEY_UNITS = (
    dict.fromkeys(("", "rs", "inr", "rupees", "pm"), 1)
    | dict.fromkeys(("k", "thousand"), 1_000)
    | dict.fromkeys(("l", "lac", "lacs", "lakh", "lakhs"), 100_000)
    | dict.fromkeys(("c", "cr", "crs", "crore", "crores"), 10_000_000)
)

SQFT, SQM, SQYD = "sq ft", "sq m", "sq yd"
AREA_UNITS = (
    dict.fromkeys(("", "sqft", "sqfeet", "sft", "ft", "feet", "squarefeet", "squarefoot", "sqfts"), SQFT)
    | dict.fromkeys(("sqm", "sqmt", "sqmts", "sqmtr", "sqmtrs", "sqmeter", "sqmeters", "sqmetre", "sqmetres"), SQM)
    | dict.fromkeys(("squaremeter", "squaremeters", "squaremetre", "squaremetres"), SQM)
    | dict.fromkeys(("sqyd", "sqyds", "sqyrd", "sqyrds", "sqyard", "sqyards", "squareyard", "squareyards"), SQYD)
    | dict.fromkeys(("gaj", "gaz", "guz"), SQYD)
)
# Their size differs from place to place, or no single home is sold in them: a person should say what is meant.
UNCONVERTED_UNITS = {"bigha", "biswa", "acre", "acres", "hectare", "hectares", "marla", "kanal", "cent", "guntha"}

FACINGS = {facing.value.replace("_", ""): facing for facing in Facing} | {
    "n": Facing.NORTH,
    "ne": Facing.NORTH_EAST,
    "e": Facing.EAST,
    "se": Facing.SOUTH_EAST,
    "s": Facing.SOUTH,
    "sw": Facing.SOUTH_WEST,
    "w": Facing.WEST,
    "nw": Facing.NORTH_WEST,
    "eastnorth": Facing.NORTH_EAST,
    "eastsouth": Facing.SOUTH_EAST,
    "westsouth": Facing.SOUTH_WEST,
    "westnorth": Facing.NORTH_WEST,
}
FACINGS |= {word + "facing": facing for word, facing in FACINGS.items()}

FURNISHINGS = (
    dict.fromkeys(("furnished", "fullyfurnished", "fullfurnished", "full", "fully", "yes"), Furnishing.FURNISHED)
    | dict.fromkeys(("semifurnished", "semi", "partlyfurnished", "partiallyfurnished"), Furnishing.SEMI_FURNISHED)
    | dict.fromkeys(("unfurnished", "notfurnished", "nonfurnished", "bareshell", "no"), Furnishing.UNFURNISHED)
)

LISTING_TYPES = dict.fromkeys(("sale", "sell", "forsale", "buy", "resale"), ListingType.SALE) | dict.fromkeys(
    ("rent", "rental", "forrent", "lease", "forlease", "tolet"), ListingType.RENT
)

PROPERTY_TYPES = (
    dict.fromkeys(
        (
            *("flat", "flats", "apartment", "apartments", "residentialapartment", "multistoreyapartment"),
            *("builderfloor", "builderfloors", "builderfloorapartment", "independentfloor", "independentbuilderfloor"),
            *("penthouse", "studio", "studioapartment", "servicedapartment", "serviceapartment", "duplexapartment"),
        ),
        PropertyType.FLAT,
    )
    | dict.fromkeys(
        (
            *("villa", "villas", "house", "residentialhouse", "independenthouse", "individualhouse", "rowhouse"),
            *("townhouse", "bungalow", "kothi", "duplex", "farmhouse", "independenthousevilla"),
        ),
        PropertyType.VILLA,
    )
    | dict.fromkeys(
        ("plot", "plots", "residentialplot", "commercialplot", "land", "residentialland", "commercialland"),
        PropertyType.PLOT,
    )
    | dict.fromkeys(
        (
            *("commercial", "office", "officespace", "commercialoffice", "commercialofficespace", "readyoffice"),
            *("officeinitparksez", "officeinitpark", "shop", "commercialshop", "retailshop", "showroom", "coworking"),
            *("commercialshowroom", "warehouse", "godown", "warehousegodown", "industrialbuilding", "industrialshed"),
        ),
        PropertyType.COMMERCIAL,
    )
)

AREA_BASES = {basis.value.replace("_", ""): basis for basis in AreaBasis} | {
    "carpetarea": AreaBasis.CARPET,
    "builtuparea": AreaBasis.BUILT_UP,
    "covered": AreaBasis.BUILT_UP,
    "coveredarea": AreaBasis.BUILT_UP,
    "super": AreaBasis.SUPER_BUILT_UP,
    "superarea": AreaBasis.SUPER_BUILT_UP,
    "superbuiltuparea": AreaBasis.SUPER_BUILT_UP,
    "plotarea": AreaBasis.PLOT,
}

POSSESSIONS = (
    dict.fromkeys(("readytomove", "ready", "readytomovein", "immediate", "immediately"), Possession.READY_TO_MOVE)
    | dict.fromkeys(("underconstruction", "uc"), Possession.UNDER_CONSTRUCTION)
    | dict.fromkeys(("newlaunch", "newlylaunched", "prelaunch"), Possession.NEW_LAUNCH)
)

OWNERSHIPS = {ownership.value.replace("_", ""): ownership for ownership in Ownership} | {
    "cooperative": Ownership.COOPERATIVE_SOCIETY,
    "lease": Ownership.LEASEHOLD,
    "poa": Ownership.POWER_OF_ATTORNEY,
    "gpa": Ownership.POWER_OF_ATTORNEY,
}

# Lower-case words before "of 27".
FLOOR_WORDS = (
    dict.fromkeys(("ground", "g", "gf", "stilt", "upper ground", "ug"), 0)
    | dict.fromkeys(("basement", "upper basement", "lower ground", "lg", "b", "b1"), -1)
    | dict.fromkeys(("lower basement", "b2"), -2)
)

AGE_WORDS = dict.fromkeys(("newconstruction", "new", "newproperty", "newlyconstructed"), 0)

MONTHS = {
    month[:length]: number
    for number, month in enumerate(
        (
            *("january", "february", "march", "april", "may", "june"),
            *("july", "august", "september", "october", "november", "december"),
        ),
        start=1,
    )
    for length in (3, 4, len(month))
}

# A listing whose address ends elsewhere in the capital region is not ours. Words of the text, lower-case.
OTHER_CITIES = (
    *("ghaziabad", "indirapuram", "vasundhara", "crossings republik", "vaishali", "raj nagar extension"),
    *("gurgaon", "gurugram", "manesar", "faridabad", "new delhi", "delhi", "dwarka", "rohini", "sonipat", "meerut"),
)

# The states and union territories but Uttar Pradesh and Delhi, which is in OTHER_CITIES. An address ends with them.
OTHER_STATES = (
    *("andhra pradesh", "arunachal pradesh", "assam", "bihar", "chhattisgarh", "goa", "gujarat", "haryana"),
    *("himachal pradesh", "jharkhand", "karnataka", "kerala", "madhya pradesh", "maharashtra", "manipur", "meghalaya"),
    *("mizoram", "nagaland", "odisha", "orissa", "punjab", "rajasthan", "sikkim", "tamil nadu", "telangana", "tripura"),
    *("uttarakhand", "uttaranchal", "west bengal", "andaman and nicobar islands", "chandigarh", "ladakh"),
    *("dadra and nagar haveli", "daman and diu", "jammu and kashmir", "lakshadweep", "puducherry"),
)
