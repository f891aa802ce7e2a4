"""A Telegram bot on pyTelegramBotAPI, whose handlers run on threads."""

import logging
import os

import telebot
from database_sync_wrapper import create_sync_wrapper
from shop import JsonShop

logging.basicConfig(level=logging.INFO)
telebot.apihelper.API_URL = os.environ["SERVICE"] + "/bot{0}/{1}"
db = create_sync_wrapper(JsonShop())
bot = telebot.TeleBot(os.environ["TOKEN"], num_threads=4)


@bot.message_handler(commands=["buy"])
def buy(message):
    db.begins()
    user_id = message.from_user.id
    coins = db.get_user(user_id)["coins"]
    bot.send_chat_action(user_id, "typing")
    db.update_user(user_id, coins=coins - 3)
    db.spend(user_id, 2)
    bot.reply_to(message, "bought")


@bot.message_handler(commands=["where"])
def where(message):
    bot.reply_to(message, db.where())


bot.infinity_polling()
