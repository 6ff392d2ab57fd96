import orjson

from app.tests.test_cli.conftest import Casabricks


async def test_prints_the_description_as_json_without_a_database(bare: Casabricks) -> None:
    done = await bare("openapi")
    assert done.exit_code == 0, done.output
    description = orjson.loads(done.stdout)
    assert description["openapi"].startswith("3.")
    assert "/api/v1/search/guided" in description["paths"]
