"""The three guided questions: how admins have them asked, and what the listings say."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import orjson
import structlog

from app.config.database import DirectReads, ReadSession, WriteSession
from app.core.exceptions import InvalidInputError, NotFoundError
from app.core.language import by_dotted_key
from app.core.vocabulary import AuditAction, AuditEntity, City, ListingType, PropertyType
from app.models.questions import QuestionConfig
from app.repositories import audit, questions
from app.repositories.search import Overview, read_overview
from app.schemas.asked_questions import (
    BudgetQuestion,
    ChoiceQuestion,
    Option,
    PreferenceQuestion,
    QuestionsResponse,
)
from app.schemas.questions import Asked, ChoiceConfig, QuestionsConfig, StoredQuestions, Text, usable
from app.services.audit import Actor, record
from app.services.gazetteer import KnownPlaces, Places
from app.services.slider import budget_scale
from app.services.versions import changed_meanwhile, etag, seen

log = structlog.get_logger()
NAMES_OF_TYPES = {
    PropertyType.FLAT: Text(en="Flat", hi="फ़्लैट"),
    PropertyType.VILLA: Text(en="Villa", hi="विला"),
    PropertyType.PLOT: Text(en="Plot", hi="प्लॉट"),
    PropertyType.COMMERCIAL: Text(en="Commercial", hi="व्यावसायिक"),
}
NAMES_OF_PURPOSES = {
    ListingType.SALE: Text(en="Buy", hi="खरीदना"),
    ListingType.RENT: Text(en="Rent", hi="किराये पर"),
}
Counts = dict[ListingType, int]


@lru_cache(maxsize=4)
def _usable(document: str | bytes) -> tuple[QuestionsConfig, dict[str, str]]:
    """Read and logged once by each process, however often it is asked for."""
    config, refused = usable(orjson.loads(document))
    if refused:
        log.error("stored_questions_refused", parts=refused)
    return config, refused


async def configured(reads: DirectReads) -> tuple[QuestionsConfig, dict[str, str]]:
    """How they are to be asked, and the parts as stored that this release refuses; those are asked as shipped."""
    return _usable(await questions.read_document(reads))


async def read(session: ReadSession) -> StoredQuestions:
    return _stored(await questions.find(session))


def _stored(row: QuestionConfig) -> StoredQuestions:
    config, refused = _usable(orjson.dumps(row.document))
    return StoredQuestions(questions=config, refused=refused, version=row.version, updated_at=row.updated_at)


def tag_of(stored: StoredQuestions) -> str:
    return etag("questions", stored.version)


async def replace(
    session: WriteSession, actor: Actor, known: KnownPlaces, body: QuestionsConfig, if_match: str | None
) -> StoredQuestions:
    """Ask them so from now on. Raises PreconditionFailedError, InvalidInputError for a place nobody knows."""
    check_places(known, body)
    row = await questions.lock(session)
    before = _stored(row)
    if not seen(if_match, tag_of(before)):
        raise changed_meanwhile(tag_of(before), before.model_dump(mode="json"))
    changes = differences(before.questions, body)
    if not changes and not before.refused:
        return before
    document = body.model_dump(mode="json", exclude_unset=True)
    # From the entry the earlier state can be brought back.
    details = {"version": before.version, "before": row.document}
    row.document = document
    record(session, actor, AuditEntity.QUESTIONS, AuditAction.UPDATED, changes=changes, details=details)
    await session.flush()
    await session.refresh(row)
    return _stored(row)


async def restore(session: WriteSession, actor: Actor, known: KnownPlaces, version: int) -> list[str]:
    """Ask them as that version did, as far as this release allows. Raises NotFoundError.

    Returns the places that were offered then and are left out, since no search knows them any more.
    """
    document = await audit.find_questions(session, version)
    if document is None:
        raise NotFoundError("How they were asked then is not kept")
    body, _ = usable(document)
    places = body.preference.locality_preference
    gone = [option.value for option in places.options if _place_problem(known, option.value)]
    places.options[:] = [option for option in places.options if option.value not in gone]
    await replace(session, actor, known, body, None)
    return gone


def check_places(known: KnownPlaces, body: QuestionsConfig) -> None:
    """An option is an answer: what a search would not take for just this place cannot be one.

    Raises InvalidInputError.
    """
    for option in body.preference.locality_preference.options:
        if problem := _place_problem(known, option.value):
            raise InvalidInputError("preference.locality_preference.options", problem)


def _place_problem(known: KnownPlaces, name: str) -> str | None:
    match = known.gazetteer.resolve(name)
    if match is not None and match.place.name == name:
        return None
    hint = f"; did you mean {match.place.name}?" if match else ""
    return f"{name!r} is no place's name that a search knows{hint}"


def differences(before: QuestionsConfig, after: QuestionsConfig) -> dict[str, dict[str, Any]]:
    """By place in the document what it was and what it becomes."""
    past, present = (
        dict(by_dotted_key(before.model_dump(mode="json"))),
        dict(by_dotted_key(after.model_dump(mode="json"))),
    )
    return {name: {"from": past[name], "to": value} for name, value in present.items() if past[name] != value}


async def ask(reads: DirectReads, places: Places, config: QuestionsConfig | None = None) -> QuestionsResponse:
    """As stored, or as they would be asked by `config`. Two statements, or one."""
    if config is None:
        config, _ = await configured(reads)
    return as_asked(config, await read_overview(reads), await places.known())


async def type_names(reads: DirectReads) -> dict[PropertyType, Text]:
    """What the types are called in the questions. One statement."""
    config, _ = await configured(reads)
    return NAMES_OF_TYPES | {option.value: option.label for option in config.property_type.options if option.label}


def as_asked(config: QuestionsConfig, overview: Overview, known: KnownPlaces) -> QuestionsResponse:
    """As configured, with what the data says: slider bounds, options and their counts."""
    rooms = sorted({bhk for counts in overview.bhk.values() for bhk in counts if bhk})
    areas = (*City, *(zone.name for zone in known.zones))
    wish = config.preference
    return QuestionsResponse(
        budget=BudgetQuestion(
            key="budget",
            **_words(config.budget),
            scales={
                scale.listing_type: budget_scale(scale, overview.buckets[scale.listing_type])
                for scale in (config.budget.sale, config.budget.rent)
            },
        ),
        property_type=_choice(
            "property_type",
            config.property_type,
            PropertyType,
            NAMES_OF_TYPES.__getitem__,
            lambda kind: {each: overview.property_types[each].get(kind, 0) for each in ListingType},
        ),
        preference=PreferenceQuestion(
            key="preference",
            **_words(wish),
            choices=[
                _choice(
                    "bhk",
                    wish.bhk,
                    rooms,
                    lambda bhk: Text(en=f"{bhk} BHK", hi=f"{bhk} BHK"),
                    lambda bhk: {each: overview.bhk[each].get(bhk, 0) for each in ListingType},
                ),
                _choice(
                    "listing_type",
                    wish.listing_type,
                    ListingType,
                    NAMES_OF_PURPOSES.__getitem__,
                    overview.listing_types.__getitem__,
                ),
                _choice("locality_preference", wish.locality_preference, areas, _as_is, lambda _: None),
            ],
        ),
    )


def _words(asked: Asked) -> dict[str, str]:
    return {"text": asked.text.en, "text_hi": asked.text.hi, "help": asked.help.en, "help_hi": asked.help.hi}


def _as_is(name: str) -> Text:
    return Text(en=name, hi=name)


def _choice(
    key: str,
    config: ChoiceConfig[Any],
    usual: Iterable[Any],
    name: Callable[[Any], Text],
    count: Callable[[Any], Counts | int | None],
) -> ChoiceQuestion:
    """The configured options first, then the usual ones that are not among them."""
    configured = {option.value: option for option in config.options}
    options = []
    for value in dict.fromkeys((*configured, *usual)):
        option = configured.get(value)
        if option is not None and option.hidden:
            continue
        label, found = (option and option.label) or name(value), count(value)
        by_type = found if isinstance(found, dict) else None
        total = by_type[ListingType.SALE] if by_type else found
        options.append(Option(value=value, label=label.en, label_hi=label.hi, count=total, by_listing_type=by_type))
    return ChoiceQuestion(key=key, **_words(config), options=options)
