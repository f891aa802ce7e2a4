"""A Telegram bot on the awaited half of pyTelegramBotAPI."""

import asyncio
import logging
import os

from database_sync_wrapper import create_sync_wrapper
from shop import JsonShop
from telebot import asyncio_helper
from telebot.async_telebot import AsyncTeleBot

logging.basicConfig(level=logging.INFO)
asyncio_helper.API_URL = os.environ["SERVICE"] + "/bot{0}/{1}"
db = create_sync_wrapper(JsonShop())
bot = AsyncTeleBot(os.environ["TOKEN"])


@bot.message_handler(commands=["buy"])
async def buy(message):
    db.begins()
    user_id = message.from_user.id
    coins = db.get_user(user_id)["coins"]
    await bot.send_chat_action(user_id, "typing")
    db.update_user(user_id, coins=coins - 3)
    db.spend(user_id, 2)
    await bot.reply_to(message, "bought")


@bot.message_handler(commands=["where"])
async def where(message):
    await bot.reply_to(message, db.where())


asyncio.run(bot.infinity_polling())
