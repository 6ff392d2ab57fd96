"""A home in the words of schema.org, for search engines."""

from typing import Any

import orjson
from markupsafe import Markup

from app.core.vocabulary import ListingType, LocationPrecision, PropertyType

KINDS = {
    PropertyType.FLAT: "Apartment",
    PropertyType.VILLA: "House",
    PropertyType.PLOT: "Place",
    PropertyType.COMMERCIAL: "Place",
}
SQUARE_FEET, A_MONTH = "FTK", "MON"  # UN/CEFACT


def script_data(value: dict[str, Any]) -> Markup:
    """JSON that may stand in a script element: it can end none and begin none."""
    text = orjson.dumps(value).decode().replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")
    return Markup(text)  # noqa: S704 - escaped the line before


def home_as_linked_data(home: dict[str, Any], address: str) -> Markup:
    """`home` is as schemas/property_detail.py has it, `address` that of its page. Nothing is said that is not known."""
    origin = address.partition("/homes/")[0]
    rent = home["listing_type"] == ListingType.RENT
    price: dict[str, Any] = {"price": home["price"], "priceCurrency": "INR"}
    place = {
        "@type": KINDS[PropertyType(home["property_type"])],
        "name": home["title"],
        "address": {
            "@type": "PostalAddress",
            "streetAddress": home["society_name"],
            "addressLocality": home["locality"],
            "addressRegion": "Uttar Pradesh",
            "addressCountry": "IN",
        },
        "numberOfBedrooms": home["bhk"],
        "numberOfBathroomsTotal": home["bathrooms"],
        "floorSize": home["area_sqft"]
        and {"@type": "QuantitativeValue", "value": home["area_sqft"], "unitCode": SQUARE_FEET},
        # A middle of a sector is no position of a home.
        "geo": {"@type": "GeoCoordinates", "latitude": home["latitude"], "longitude": home["longitude"]}
        if home["location_precision"] == LocationPrecision.EXACT
        else None,
    }
    return script_data(
        _known(
            {
                "@context": "https://schema.org",
                "@type": "RealEstateListing",
                "url": address,
                "name": home["title"],
                "description": home["description"],
                "datePosted": home["listed_at"],
                "image": [_image(image, origin) for image in home["images"] if not image["is_illustration"]],
                "mainEntity": place,
                "offers": {
                    "@type": "Offer",
                    "url": address,
                    "businessFunction": f"http://purl.org/goodrelations/v1#{'LeaseOut' if rent else 'Sell'}",
                    "availability": "https://schema.org/InStock",
                    **price,
                    "priceSpecification": {"@type": "UnitPriceSpecification", **price, "unitCode": A_MONTH}
                    if rent
                    else None,
                },
            }
        )
    )


def _image(image: dict[str, Any], origin: str) -> dict[str, Any]:
    enhanced = image["enhanced_url"]
    url = enhanced or image["original_url"]
    return {
        "@type": "ImageObject",
        "contentUrl": url if "://" in url else origin + url,
        "caption": f"{image['ai_label']}. {image['alt']}" if enhanced else image["alt"],
        "digitalSourceType": "https://schema.org/AlgorithmicallyEnhancedDigitalSource" if enhanced else None,
    }


def _known(value: Any) -> Any:
    """Without what is null or empty."""
    if isinstance(value, dict):
        kept = {name: _known(part) for name, part in value.items()}
        return {name: part for name, part in kept.items() if part not in (None, [], {})}
    return [_known(part) for part in value] if isinstance(value, list) else value
