import KernelDatabase

extension Migration {
    /// Times are milliseconds since 1970; numbers of states, modes and kinds are those of the
    /// enumerations. A task's row is written often and has nothing large in it.
    static let tasks = Migration(
        1,
        """
        CREATE TABLE task (
            number INTEGER PRIMARY KEY,
            state INTEGER NOT NULL,
            name TEXT NOT NULL,
            module TEXT NOT NULL,
            submitter TEXT NOT NULL,
            key TEXT,
            priority INTEGER NOT NULL,
            idempotent INTEGER NOT NULL,
            parent INTEGER,
            dependencies INTEGER NOT NULL,
            created INTEGER NOT NULL,
            deadline INTEGER,
            not_before INTEGER,
            attempts INTEGER NOT NULL DEFAULT 0,
            failures INTEGER NOT NULL DEFAULT 0,
            attempts_max INTEGER,
            started INTEGER,
            ended INTEGER,
            build TEXT,
            progress REAL,
            note TEXT,
            owner TEXT,
            status INTEGER,
            message TEXT,
            result_bytes INTEGER,
            result_cut INTEGER,
            timeout_seconds REAL,
            repeats INTEGER,
            cancel_asked INTEGER
        ) STRICT;
        CREATE INDEX task_by_state ON task (state, number);
        CREATE UNIQUE INDEX task_by_key ON task (submitter, key) WHERE key IS NOT NULL;
        CREATE INDEX task_by_parent ON task (parent) WHERE parent IS NOT NULL;

        CREATE TABLE task_arguments (
            task INTEGER PRIMARY KEY REFERENCES task ON DELETE CASCADE,
            kind INTEGER NOT NULL,
            bytes BLOB NOT NULL
        ) STRICT;
        CREATE TABLE task_result (
            task INTEGER PRIMARY KEY REFERENCES task ON DELETE CASCADE,
            kind INTEGER NOT NULL,
            bytes BLOB NOT NULL
        ) STRICT;
        CREATE TABLE task_attempt (
            task INTEGER NOT NULL REFERENCES task ON DELETE CASCADE,
            number INTEGER NOT NULL,
            owner TEXT NOT NULL,
            mode INTEGER NOT NULL,
            build TEXT,
            started INTEGER NOT NULL,
            ended INTEGER,
            how INTEGER,
            message TEXT,
            PRIMARY KEY (task, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE task_output (
            task INTEGER NOT NULL REFERENCES task ON DELETE CASCADE,
            position INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            bytes BLOB NOT NULL,
            UNIQUE (task, position)
        ) STRICT;
        CREATE TABLE task_dependency (
            task INTEGER NOT NULL REFERENCES task ON DELETE CASCADE,
            needs INTEGER NOT NULL,
            PRIMARY KEY (task, needs)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX task_dependency_by_needs ON task_dependency (needs);
        """)
}
