/* SQLite as Debian has it, and what Swift cannot call of it. No logic. */
#ifndef CSQLITE_H
#define CSQLITE_H

#include <sqlite3.h>

/* sqlite3_db_config() is variadic. Returns what it returned. */
static inline int sqlite_set_option(sqlite3 *database, int option, int on) {
    return sqlite3_db_config(database, option, on, (int *)0);
}

/* sqlite3_config() is variadic. Without its statistics every allocation costs one lock less. To be
 * called before anything else; returns what it returned. */
static inline int sqlite_without_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* The errno of the last call that failed for the database's log or, if there is none, for its file;
 * 0 if none failed. sqlite3_system_errno() does not know it after a failed COMMIT, and Swift cannot
 * call through the table of a file's methods. */
static inline int sqlite_last_errno(sqlite3 *database) {
    sqlite3_file *files[2] = {0, 0};
    int last = 0;
    sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &files[0]);
    sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &files[1]);
    for (int index = 0; index < 2 && last == 0; index++) {
        sqlite3_file *file = files[index];
        if (file && file->pMethods)
            file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &last);
    }
    return last;
}

/* SQLITE_TRANSIENT is a cast of -1 to a function: SQLite copies the bytes before it returns. */
static inline int sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text,
                                   sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, index, text, count, SQLITE_TRANSIENT, SQLITE_UTF8);
}
static inline int sqlite_bind_bytes(sqlite3_stmt *statement, int index, const void *bytes,
                                    sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, bytes, count, SQLITE_TRANSIENT);
}

/* The functions of FTS5, or null if this SQLite was built without. The pointer's type is told apart
 * by a string that must stay where it is. */
static inline fts5_api *sqlite_text_search(sqlite3 *database) {
    fts5_api *functions = 0;
    sqlite3_stmt *statement = 0;
    if (sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, 0) == SQLITE_OK) {
        sqlite3_bind_pointer(statement, 1, (void *)&functions, "fts5_api_ptr", 0);
        sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    return functions;
}

#endif
