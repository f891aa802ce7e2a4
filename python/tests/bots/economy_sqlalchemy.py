"""A bot's module of functions over SQLAlchemy."""

import sys

from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

from onepurse import wrap_module

engine = create_engine("sqlite:///its.db")
Session = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    coins: Mapped[int] = mapped_column(default=0)


Base.metadata.create_all(engine)


def add_coins(user_id, amount):
    with Session.begin() as session:
        user = session.get(User, user_id)
        if user is None:
            user = User(id=user_id, coins=0)
            session.add(user)
        user.coins += amount


def coins_of(user_id):
    with Session() as session:
        return session.get(User, user_id).coins


