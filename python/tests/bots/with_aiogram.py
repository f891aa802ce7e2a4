"""A Telegram bot on aiogram."""

import asyncio
import logging
import os

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import Command
from database_sync_wrapper import create_sync_wrapper
from shop import JsonShop

logging.basicConfig(level=logging.INFO)
db = create_sync_wrapper(JsonShop())
dispatcher = Dispatcher()


@dispatcher.message(Command("buy"))
async def buy(message):
    db.begins()
    user_id = message.from_user.id
    coins = db.get_user(user_id)["coins"]
    await message.bot.send_chat_action(user_id, "typing")
    db.update_user(user_id, coins=coins - 3)
    db.spend(user_id, 2)
    await message.answer("bought")


@dispatcher.message(Command("where"))
async def where(message):
    await message.answer(db.where())


async def main():
    api = TelegramAPIServer.from_base(os.environ["SERVICE"])
    await dispatcher.start_polling(Bot(os.environ["TOKEN"], session=AiohttpSession(api=api)))


asyncio.run(main())
