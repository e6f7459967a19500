import KernelDatabase

extension Migration {
    /// Numbers are never given twice, so that a greater one is always a later one.
    ///
    /// `depth` counts from the root; `jump` is an ancestor further up, chosen so that any ancestor
    /// is found in few steps. A part's number is its message's times 1,024, and its place.
    ///
    /// Search has no copy of the words: they are read from the parts, by the generated columns.
    /// Only parts that have ended are in it.
    static let chats = Migration(
        5,
        """
        CREATE TABLE chat (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            title TEXT,
            opening TEXT NOT NULL DEFAULT '',
            folded TEXT NOT NULL,
            owner TEXT,
            mode TEXT,
            model TEXT,
            created INTEGER NOT NULL,
            touched INTEGER NOT NULL,
            head INTEGER REFERENCES message,
            forked_from INTEGER,
            forked_at INTEGER REFERENCES message,
            deleted INTEGER,
            state INTEGER NOT NULL,
            revision INTEGER NOT NULL DEFAULT 0,
            messages INTEGER NOT NULL DEFAULT 0,
            bytes INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX chat_by_touch ON chat (touched, number);
        CREATE INDEX chat_by_owner ON chat (owner, touched, number);
        CREATE INDEX chat_by_head ON chat (head) WHERE head IS NOT NULL;
        CREATE INDEX chat_by_fork ON chat (forked_at) WHERE forked_at IS NOT NULL;
        CREATE INDEX chat_beside ON chat (state) WHERE state <> 0;

        CREATE TABLE chat_tag (
            chat INTEGER NOT NULL REFERENCES chat ON DELETE CASCADE,
            tag TEXT NOT NULL,
            PRIMARY KEY (chat, tag)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX chat_tag_by_tag ON chat_tag (tag, chat);

        CREATE TABLE message (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            chat INTEGER NOT NULL REFERENCES chat,
            parent INTEGER REFERENCES message,
            depth INTEGER NOT NULL,
            jump INTEGER,
            role INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            turn INTEGER NOT NULL,
            state INTEGER NOT NULL,
            author TEXT NOT NULL,
            created INTEGER NOT NULL,
            ended INTEGER,
            finish TEXT,
            covers INTEGER,
            revision INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX message_by_chat ON message (chat);
        CREATE INDEX message_by_revision ON message (chat, revision);
        CREATE INDEX message_by_parent ON message (parent, chat);
        CREATE INDEX message_open ON message (number) WHERE state = 0;

        CREATE TABLE image (
            hash TEXT PRIMARY KEY,
            bytes BLOB NOT NULL
        ) STRICT;

        CREATE TABLE part (
            number INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL,
            open INTEGER NOT NULL,
            name TEXT,
            detail TEXT,
            image TEXT REFERENCES image,
            text TEXT NOT NULL,
            said TEXT AS (CASE WHEN kind IN (0, 5) THEN substr(text, 1, 65536) END),
            thought TEXT AS (CASE WHEN kind = 2 THEN substr(text, 1, 65536) END),
            tool TEXT AS (
                CASE WHEN kind IN (3, 4) THEN name || ' ' || substr(text, 1, 16384) END)
        ) STRICT;
        CREATE INDEX part_by_image ON part (image) WHERE image IS NOT NULL;

        CREATE TABLE piece (
            part INTEGER NOT NULL,
            position INTEGER NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (part, position)
        ) STRICT, WITHOUT ROWID;

        CREATE VIRTUAL TABLE search USING fts5 (
            said, thought, tool, content = 'part', content_rowid = 'number',
            tokenize = 'kernel_words', columnsize = 0);

        CREATE TABLE spending (
            number INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            chat INTEGER,
            turn INTEGER,
            message INTEGER,
            run TEXT,
            model TEXT NOT NULL,
            input INTEGER,
            cached INTEGER,
            output INTEGER,
            thinking INTEGER,
            micros INTEGER,
            currency TEXT,
            adopted INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX spending_by_time ON spending (at);
        CREATE INDEX spending_by_chat ON spending (chat, turn) WHERE chat IS NOT NULL;
        CREATE UNIQUE INDEX spending_by_message ON spending (message) WHERE message IS NOT NULL;
        CREATE INDEX spending_by_run ON spending (run) WHERE run IS NOT NULL;
        """)
}
