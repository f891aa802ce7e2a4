"""A bot's module of functions over SQLAlchemy, awaited."""

import sys

from economy_sqlalchemy import Base, User
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from onepurse import wrap_module

engine = create_async_engine("sqlite+aiosqlite:///its_async.db")
Session = async_sessionmaker(engine)


async def create_all():
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)


async def add_coins(user_id, amount):
    async with Session.begin() as session:
        user = await session.get(User, user_id)
        if user is None:
            user = User(id=user_id, coins=0)
            session.add(user)
        user.coins += amount


async def coins_of(user_id):
    async with Session() as session:
        return (await session.get(User, user_id)).coins


async def read(id, asset):
    async with Session() as session:
        return getattr(await session.get(User, id), asset, None)


async def write(id, asset, value):
    async with Session.begin() as session:
        await session.execute(update(User).where(User.id == id).values({asset: value}))


async def ids():
    async with Session() as session:
        return (await session.scalars(select(User.id))).all()


wrap_module(sys.modules[__name__], ids=ids, read=read, write=write)
