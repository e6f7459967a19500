package import KernelDatabase
import KernelSystem
import Synchronization

/// The writer and the readers of the store's file, with its errors as the store's.
package final class StoreAccess: Sendable {
    private struct State {
        var writer: Writer?
        /// The file is known to be one that can be read.
        var isReadable = false
        /// Writes that wait for the writer to be opened.
        var early = 0
        var isClosed = false
    }

    private let file: DatabaseFile
    private let readers: ReaderPool
    private let threads: ThreadPool
    private let state = Condition(State())
    /// Held by whoever opens the writer, which may take a while.
    private let opening = Mutex(())

    private static let readersMax = 4

    init(_ path: String, _ opening: SQLiteStore.Opening) throws(StoreError) {
        file = DatabaseFile(path, StoreMigrations.schema)
        readers = ReaderPool(file, connectionsMax: Self.readersMax)
        threads = ThreadPool(name: "store", threadsMax: Self.readersMax)
        guard opening == .now else { return }
        do throws(DatabaseError) {
            _ = try openWriter()
        } catch {
            throw StoreError(error)
        }
    }

    private func openWriter() throws(DatabaseError) -> Writer {
        try opening.withLock { _ throws(DatabaseError) in
            let (known, isClosed) = state.withLock { ($0.writer, $0.isClosed) }
            if let known { return known }
            guard !isClosed else { throw DatabaseError(.closed, path: file.path) }
            let writer = try Writer(file, readers: readers)
            // What cannot be read is said by whoever reads it for its own sake.
            let last = try? readers.read {
                try $0.first("SELECT max(number) FROM task") { $0.integer(0) }
            }
            if let last = last ?? nil { TaskID.stay(above: TaskID(number: last)) }
            state.withLock { state in
                state.writer = writer
                state.isReadable = true
            }
            return writer
        }
    }

    /// `bytes`: what the work holds in memory until it is done.
    package func write<Value: Sendable>(
        _ durability: Durability = .durable, bytes: Int = 0, to done: @escaping Completion<Value>,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) {
        let lane: WriteLane = durability == .durable ? .durable : .relaxed
        let submit: @Sendable (Writer) throws(DatabaseError) -> Void = { writer in
            try writer.submit(lane, bytes: bytes, body) {
                done($0.mapError(StoreError.init(any:)))
            }
        }
        let open = state.withLock { state in
            if state.writer == nil { state.early += 1 }
            return state.writer
        }
        guard let writer = open else {
            return threads.run {
                defer {
                    self.state.withLock { $0.early -= 1 }
                    self.state.broadcast()
                }
                do throws(DatabaseError) {
                    try submit(try self.openWriter())
                } catch {
                    done(.failure(StoreError(error)))
                }
            }
        }
        do throws(DatabaseError) {
            try submit(writer)
        } catch {
            refuse(StoreError(error), to: done)
        }
    }

    /// Not here: who asks may hold a lock that the answer takes too.
    package func refuse<Value: Sendable>(_ error: StoreError, to done: @escaping Completion<Value>)
    {
        threads.run { done(.failure(error)) }
    }

    package func read<Value: Sendable>(
        to done: @escaping Completion<Value>,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) {
        onReader(to: done) { try $0.read(body) }
    }

    func onReader<Value: Sendable>(
        to done: @escaping Completion<Value>,
        _ body: @escaping @Sendable (ReaderPool) throws -> Value
    ) {
        threads.run {
            let answer = Result {
                try self.makeReadable()
                return try body(self.readers)
            }
            done(answer.mapError(StoreError.init(any:)))
        }
    }

    /// A file that is missing, or of an earlier kernel, is first brought to what this one knows.
    private func makeReadable() throws(DatabaseError) {
        guard !state.withLock({ $0.isReadable }) else { return }
        if try !readers.openIfCurrent() { _ = try openWriter() }
        state.withLock { $0.isReadable = true }
    }

    var trouble: StoreError? { state.withLock { $0.writer }?.trouble.map { StoreError($0) } }

    func close() {
        _ = state.wait { $0.early == 0 ? true : nil }
        let writer = opening.withLock { _ in
            state.withLock { state in
                state.isClosed = true
                return state.writer
            }
        }
        readers.close()
        writer?.close()
        threads.close()
    }
}

extension StoreError {
    init(any error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case let error as DatabaseError: self.init(error)
        default: self.init(.failed, "\(error)")
        }
    }

    init(_ error: DatabaseError) {
        let kind: Kind =
            switch error.kind {
            case .full: .full
            case .busy, .locked, .interrupted: .busy
            case .damaged, .notADatabase, .unconfirmed: .damaged
            case .taken, .foreign, .newer, .exists, .refused: .refused
            case .constraint: .duplicate
            case .tooLarge: .tooLarge
            case .closed: .closed
            case .failed: .failed
            }
        self.init(kind, error.description)
    }
}
