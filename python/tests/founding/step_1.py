# Импортируем wrapper для синхронизации
from database_sync_wrapper import create_sync_wrapper

# После создания db, оборачиваем его
if database_url:
    from database_postgres import db as local_db
    db = create_sync_wrapper(local_db)
else:
    from database import db as local_db
    db = create_sync_wrapper(local_db)
