import KernelDatabase
import KernelSystem

/// The writer and the readers of the store's file, with its errors as the store's.
final class StoreAccess: Sendable {
    private let writer: Writer
    private let readers: ReaderPool
    private let threads: ThreadPool

    private static let readersMax = 4

    init(_ path: String) throws(StoreError) {
        let file = DatabaseFile(path, StoreMigrations.schema)
        readers = ReaderPool(file, connectionsMax: Self.readersMax)
        threads = ThreadPool(name: "store", threadsMax: Self.readersMax)
        do throws(DatabaseError) {
            writer = try Writer(file, readers: readers)
        } catch {
            throw StoreError(error)
        }
    }

    /// `bytes`: what the work holds in memory until it is done.
    func write<Value: Sendable>(
        _ durability: Durability = .durable, bytes: Int = 0, to done: @escaping Completion<Value>,
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) {
        do throws(DatabaseError) {
            try writer.submit(durability == .durable ? .durable : .relaxed, bytes: bytes, body) {
                done($0.mapError(StoreError.init(any:)))
            }
        } catch {
            refuse(StoreError(error), to: done)
        }
    }

    /// Not here: who asks may hold a lock that the answer takes too.
    func refuse<Value: Sendable>(_ error: StoreError, to done: @escaping Completion<Value>) {
        threads.run { done(.failure(error)) }
    }

    func read<Value: Sendable>(
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
            done(Result { try body(self.readers) }.mapError(StoreError.init(any:)))
        }
    }

    var trouble: StoreError? { writer.trouble.map { StoreError($0) } }

    func close() {
        readers.close()
        writer.close()
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
            case .taken, .foreign, .newer, .refused: .refused
            case .constraint: .duplicate
            case .tooLarge: .tooLarge
            case .closed: .closed
            case .failed: .failed
            }
        self.init(kind, error.description)
    }
}
