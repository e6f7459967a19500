/// The tables of a database, as the steps that lead to them.
package struct Schema: Sendable {
    /// What marks a file as ours: SQLite's application id.
    package let applicationID: Int32
    package let migrations: [Migration]

    package init(applicationID: Int32, _ migrations: [Migration]) {
        precondition(
            migrations.map(\.number) == Array(1...max(migrations.count, 1)),
            "migrations are numbered from 1 on, without a gap")
        self.applicationID = applicationID
        self.migrations = migrations
    }

    /// The number of the last migration, which is the file's `user_version` afterwards.
    package var version: Int { migrations.count }
}

/// One step. Once released it is never changed: what is wrong with it is put right by a later one.
package struct Migration: Sendable {
    package let number: Int
    /// Statements; no transaction, which each migration has of its own.
    package let script: String

    package init(_ number: Int, _ script: String) {
        self.number = number
        self.script = script
    }
}

extension Database {
    /// Refuses a file that this kernel must not touch, before anything is written to it.
    func checkOrigin(_ schema: Schema) throws(DatabaseError) {
        let id = try integer("PRAGMA application_id") ?? 0
        let version = Int(try integer("PRAGMA user_version") ?? 0)
        if id != Int64(schema.applicationID) {
            let isEmpty = try integer("SELECT count(*) FROM sqlite_schema") == 0
            guard id == 0, version == 0, isEmpty else {
                throw DatabaseError(.foreign, path: path, detail: "its application id is \(id)")
            }
        }
        if version > schema.version {
            throw DatabaseError(.newer(found: version, known: schema.version), path: path)
        }
    }

    func migrate(to schema: Schema) throws(DatabaseError) {
        let version = Int(try integer("PRAGMA user_version") ?? 0)
        for migration in schema.migrations.dropFirst(version) {
            do throws(DatabaseError) {
                try connection.execute("BEGIN IMMEDIATE")
                try connection.execute(migration.script)
                try connection.execute("PRAGMA application_id = \(schema.applicationID)")
                try connection.execute("PRAGMA user_version = \(migration.number)")
                try connection.execute("COMMIT")
            } catch {
                if connection.isInTransaction { try connection.execute("ROLLBACK") }
                throw error
            }
        }
    }
}
