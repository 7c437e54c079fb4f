"""aiomysql and dataclasses."""

from typing import Any

import aiomysql

from contenders.mysql_by_hand import MysqlByHand


class AiomysqlDataclass(MysqlByHand):
    """aiomysql over PyMySQL."""

    name = "aiomysql"
    packages = ("aiomysql", "PyMySQL")

    async def pooled(self, **parameters: Any) -> Any:
        return await aiomysql.create_pool(**parameters)


CONTENDER = AiomysqlDataclass
