import KernelSystem

/// Connections that read. Each read sees the database as it was at one moment, and waits neither
/// for the writer nor does the writer wait for it.
package final class ReaderPool: Sendable {
    private struct State {
        var idle: [Reader] = []
        var running: [Reader] = []
        /// Reads that may open a connection, and have not yet.
        var opening = 0
        var isClosed = false

        var count: Int { idle.count + running.count + opening }
    }

    private final class Reader {
        let database: Database
        var startNanoseconds: UInt64 = 0
        var mayBeInterrupted = true

        init(_ database: Database) {
            self.database = database
        }
    }

    /// What a read may do that asked for a connection.
    private enum Turn {
        case closed
        case reader(Reader)
        case open
    }

    let file: DatabaseFile
    private let connectionsMax: Int
    private let longReadNanoseconds: UInt64
    private let state = Condition(State())

    /// Opens nothing yet. Readers over the limit wait for one of the others to end. A read that
    /// takes longer than `longReadMilliseconds` is ended where it keeps the log growing.
    package init(
        _ file: DatabaseFile, connectionsMax: Int = 4, longReadMilliseconds: UInt64 = 5_000
    ) {
        self.file = file
        self.connectionsMax = connectionsMax
        longReadNanoseconds = longReadMilliseconds * 1_000_000
    }

    /// Opens the first connection if the file is one that can be read without a writer: false if
    /// the writer has to open it first.
    package func openIfCurrent() throws(DatabaseError) -> Bool {
        guard let database = try file.openIfCurrent() else { return false }
        state.withLock { state in
            if !state.isClosed, state.count < connectionsMax { state.idle.append(Reader(database)) }
        }
        return true
    }

    /// Blocks: not for the main thread. The writer must have opened the file before.
    package func read<Value>(
        _ body: (borrowing Transaction) throws -> Value
    ) throws -> Value {
        try withReader(mayBeInterrupted: true) { database in
            try database.run("BEGIN")
            do {
                let value = try body(Transaction(database))
                try database.run("COMMIT")
                return value
            } catch {
                if database.connection.isInTransaction { try database.run("ROLLBACK") }
                throw error
            }
        }
    }

    /// Gives the connection itself, for work that the log waits for in any case.
    func withReader<Value>(
        mayBeInterrupted: Bool, _ body: (Database) throws -> Value
    ) throws -> Value {
        let reader = try takeReader(mayBeInterrupted)
        defer { giveBack(reader) }
        return try body(reader.database)
    }

    private func takeReader(_ mayBeInterrupted: Bool) throws(DatabaseError) -> Reader {
        let turn = state.wait { state -> Turn? in
            if state.isClosed { return .closed }
            if let reader = state.idle.popLast() {
                return .reader(begin(reader, mayBeInterrupted, &state))
            }
            guard state.count < connectionsMax else { return nil }
            state.opening += 1
            return .open
        }
        switch turn {
        case .closed, nil: throw DatabaseError(.closed, path: file.path)
        case .reader(let reader): return reader
        case .open: return try openReader(mayBeInterrupted)
        }
    }

    /// Everybody who was told to open one counts in `opening` until this is over: who closes the
    /// pool waits for that.
    private func openReader(_ mayBeInterrupted: Bool) throws(DatabaseError) -> Reader {
        do throws(DatabaseError) {
            let reader = Reader(try file.openForReading())
            return state.withLock { state in
                state.opening -= 1
                return begin(reader, mayBeInterrupted, &state)
            }
        } catch {
            state.withLock { $0.opening -= 1 }
            state.broadcast()
            throw error
        }
    }

    private func begin(_ reader: Reader, _ mayBeInterrupted: Bool, _ state: inout State) -> Reader {
        reader.startNanoseconds = SystemClock.monotonicNanoseconds
        reader.mayBeInterrupted = mayBeInterrupted
        state.running.append(reader)
        return reader
    }

    private func giveBack(_ reader: Reader) {
        state.withLock { state in
            state.running.removeAll { $0 === reader }
            if !state.isClosed { state.idle.append(reader) }
        }
        state.broadcast()
    }

    /// Ends reads that have taken long: their snapshot keeps the log growing.
    func interruptLongReads() {
        let now = SystemClock.monotonicNanoseconds
        state.withLock { state in
            // Under the lock, since a connection must not be closed meanwhile.
            for reader in state.running
            where reader.mayBeInterrupted
                && now - reader.startNanoseconds > longReadNanoseconds
            {
                reader.database.connection.interrupt()
            }
        }
    }

    /// Refuses what comes later, and waits for what runs.
    package func close() {
        let closed = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        state.broadcast()
        // SQLite closes them meanwhile, and not under the lock.
        _ = consume closed
        _ = state.wait { $0.running.isEmpty && $0.opening == 0 ? true : nil }
    }
}
