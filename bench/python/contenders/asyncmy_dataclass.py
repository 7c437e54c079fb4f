"""asyncmy and dataclasses."""

from typing import Any

import asyncmy

from contenders.mysql_by_hand import MysqlByHand


class AsyncmyDataclass(MysqlByHand):
    """asyncmy, the quicker of the two: its protocol is compiled."""

    name = "asyncmy"
    packages = ("asyncmy",)

    async def pooled(self, **parameters: Any) -> Any:
        return await asyncmy.create_pool(**parameters)


CONTENDER = AsyncmyDataclass
