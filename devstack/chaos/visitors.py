"""Clients that send inquiries and, as good clients do, send them again until they are told that they are stored."""

import asyncio
import ipaddress
import itertools
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from random import Random
from typing import Any
from uuid import uuid4

import httpx

# Longer than a busy machine takes to start the process that answers.
ANSWER_SECONDS = 120.0
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.2, 3.0
PER_ADDRESS = 2
TYPES = ("general", "callback", "site_visit")
STORED = (HTTPStatus.OK, HTTPStatus.CREATED)


@dataclass(frozen=True)
class Question:
    """One inquiry. Its message is its own, and so is its phone: sent again without a key it is the same inquiry."""

    at_seconds: float
    body: dict[str, Any]
    key: str | None

    @property
    def message(self) -> str:
        return str(self.body["message"])


@dataclass
class Heard:
    """What the clients were told."""

    stored: dict[str, set[str]] = field(default_factory=dict)
    """By message the ids that a 200 or 201 named."""
    answers: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    """Answers that nobody should get, whatever breaks."""
    seconds: list[float] = field(default_factory=list)
    """From the first attempt of each inquiry to the answer that it is stored."""


def make_questions(random: Random, count: int, seconds: float) -> list[Question]:
    """Spread over the time. Two in three come with a key; a person has several, now from one address, now another."""
    questions = []
    for number in range(count):
        body = {
            "full_name": f"Visitor {number}",
            "phone": f"98765{number:05}",
            "email": f"visitor-{random.randrange(count)}@example.com",
            "message": f"Question {number}",
            "inquiry_type": random.choice(TYPES),
            "consent": True,
        }
        key = str(uuid4()) if random.randrange(3) else None
        questions.append(Question(random.uniform(0, seconds), body, key))
    return sorted(questions, key=lambda question: question.at_seconds)


class Visitors:
    def __init__(self, url: str, random: Random) -> None:
        self.heard = Heard()
        self._url, self._random = f"{url}/api/v1/inquiries", random
        self._addresses = itertools.count()

    async def send(self, questions: Sequence[Question], clients: int) -> None:
        """Send them by so many clients, each its questions one after the other; returns when all are stored."""
        began = time.monotonic()
        await asyncio.gather(*(self._client(questions[number::clients], began) for number in range(clients)))

    async def _client(self, questions: Sequence[Question], began: float) -> None:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as http:
            for number, question in enumerate(questions):
                if number % PER_ADDRESS == 0:
                    address = self._another_address()
                await asyncio.sleep(began + question.at_seconds - time.monotonic())
                first = time.monotonic()
                for attempt in itertools.count():
                    if await self._attempt(http, question, address):
                        break
                    wait = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**attempt)
                    await asyncio.sleep(wait * self._random.uniform(0.5, 1))
                self.heard.seconds.append(time.monotonic() - first)

    def _another_address(self) -> str:
        """Of the next line, as a load balancer would note it: every other has IPv6."""
        number = next(self._addresses)
        if number % 2:
            return str(ipaddress.IPv6Address("2001:db8::1") + (number << 64))
        return str(ipaddress.IPv4Address("10.0.0.1") + number)

    async def _attempt(self, http: httpx.AsyncClient, question: Question, address: str) -> bool:
        """Send it; False when it should be sent again."""
        headers = {"X-Forwarded-For": address} | ({"Idempotency-Key": question.key} if question.key else {})
        try:
            answer = await http.post(self._url, json=question.body, headers=headers)
        except httpx.ReadTimeout:
            self.heard.wrong[f"no answer in {ANSWER_SECONDS:.0f} s"] += 1
            return False
        except httpx.TransportError:
            self.heard.answers["connection lost"] += 1
            return False
        self.heard.answers[str(answer.status_code)] += 1
        if answer.status_code in STORED:
            self.heard.stored.setdefault(question.message, set()).add(answer.json()["id"])
            return True
        polite = answer.headers.get("content-type") == "application/problem+json" and "retry-after" in answer.headers
        if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE and polite:
            return False
        self.heard.wrong[f"{answer.status_code} {answer.text[:200]}"] += 1
        return answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR  # sent again it would be refused again
