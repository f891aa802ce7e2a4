"""A Discord bot on discord.py, with rows that it reads and saves as a whole."""

import logging
import os

import discord
import yarl
from database_sync_wrapper import create_sync_wrapper
from discord.ext import commands
from shop import RowShop

logging.basicConfig(level=logging.INFO)
discord.http.Route.BASE = os.environ["SERVICE"] + "/api"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["SERVICE"] + "/gateway/").with_scheme("ws")
db = create_sync_wrapper(RowShop("discord.db"))
intents = discord.Intents.default()
intents.message_content = True
bot = commands.Bot(command_prefix="/", intents=intents)


@bot.command()
async def buy(ctx):
    db.begins()
    user = db.get_user(ctx.author.id)
    await ctx.typing()
    user["coins"] -= 3
    db.save_user(ctx.author.id, user)
    db.spend(ctx.author.id, 2)
    await ctx.send("bought")


@bot.command()
async def where(ctx):
    await ctx.send(db.where())


bot.run(os.environ["TOKEN"], log_handler=None)
