"""
Запуск Balance Sync Worker
Обрабатывает события синхронизации баланса
"""
import asyncio
import logging
from balance_sync import get_balance_sync

logging.basicConfig(
    level=logging.INFO,
    format='%(asctime)s - %(name)s - %(levelname)s - %(message)s'
)

async def main():
    print("🚀 Запуск Balance Sync Worker...")
    
    sync = await get_balance_sync()
    
    print("✅ Balance Sync Worker запущен")
    print("💡 Нажмите Ctrl+C для остановки")
    
    try:
        while True:
            await asyncio.sleep(1)
    except KeyboardInterrupt:
        print("\n🔌 Остановка Balance Sync Worker...")
        await sync.stop()

if __name__ == "__main__":
    asyncio.run(main())
