# Импортируем wrapper для синхронизации
try:
    from database_sync_wrapper import create_sync_wrapper
    db = create_sync_wrapper(db)
    print("✅ Синхронизация баланса включена")
except Exception as e:
    print(f"⚠️  Синхронизация баланса не включена: {e}")
