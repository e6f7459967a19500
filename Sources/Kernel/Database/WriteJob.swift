/// What the answer to a unit of work promises.
package enum WriteLane: Sendable, Hashable {
    /// It survives a power cut.
    case durable
    /// It survives the end of the kernel by any signal; a power cut may undo it, but only together
    /// with everything that came later.
    case relaxed
}

/// A unit of work between its submission and its answer.
class WriteJob {
    let lane: WriteLane
    /// How much memory it holds, about.
    let bytes: Int

    init(_ lane: WriteLane, bytes: Int) {
        self.lane = lane
        self.bytes = bytes
    }

    /// Does the work; what it throws undoes this unit only.
    func run(_ transaction: borrowing Transaction) throws {
        preconditionFailure("each kind of unit says what its work is")
    }

    /// What `run` threw. It is told with the others, after the commit.
    var failure: (any Error)?

    /// Answers: with what `run` gave, or with the error.
    func finish(_ error: (any Error)?) {
        preconditionFailure("each kind of unit says how it answers")
    }
}

final class WriteJobOf<Value>: WriteJob {
    /// Let go of before the answer: who has got it may let go of the writer, which must not end on
    /// its own thread.
    private var body: ((borrowing Transaction) throws -> Value)?
    private var done: ((Result<Value, any Error>) -> Void)?
    private var value: Value?

    init(
        _ lane: WriteLane, bytes: Int,
        _ body: @escaping (borrowing Transaction) throws -> Value,
        _ done: @escaping (Result<Value, any Error>) -> Void
    ) {
        self.body = body
        self.done = done
        super.init(lane, bytes: bytes)
    }

    override func run(_ transaction: borrowing Transaction) throws {
        value = try body?(transaction)
    }

    override func finish(_ error: (any Error)?) {
        body = nil
        guard let done = done.take() else { preconditionFailure("a unit of work is answered once") }
        if let error {
            done(.failure(error))
        } else if let value {
            done(.success(value))
        } else {
            preconditionFailure("a unit of work that succeeded gave a value")
        }
    }
}
