"""A Telegram bot on python-telegram-bot, which handles what many people write at once."""

import logging
import os

from database_sync_wrapper import create_sync_wrapper
from shop import JsonShop
from telegram.ext import Application, CommandHandler

logging.basicConfig(level=logging.INFO)
db = create_sync_wrapper(JsonShop())


async def buy(update, context):
    db.begins()
    user_id = update.effective_user.id
    coins = db.get_user(user_id)["coins"]
    await context.bot.send_chat_action(user_id, "typing")
    db.update_user(user_id, coins=coins - 3)
    db.spend(user_id, 2)
    await update.message.reply_text("bought")


async def where(update, context):
    await update.message.reply_text(db.where())


builder = Application.builder().token(os.environ["TOKEN"]).base_url(os.environ["SERVICE"] + "/bot")
application = builder.concurrent_updates(True).build()
application.add_handler(CommandHandler("buy", buy))
application.add_handler(CommandHandler("where", where))
application.run_polling()
