import KernelSystem

/// Commands as a person would type them.
package enum Shell {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Runs a command line to its end and returns what it printed; an error unless it succeeds.
    @discardableResult
    package static func run(_ line: String, in directory: String? = nil) throws -> String {
        let result = try Program.run("/bin/sh", ["-c", line], in: directory)
        guard result.status == .exited(code: 0) else {
            throw Failure(description: "\(line): \(result.status)\n\(result.output)")
        }
        return result.output
    }

    package static func succeeds(_ line: String) -> Bool {
        (try? run(line)) != nil
    }
}

package struct WaitFailure: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) {
        self.description = description
    }
}

/// Waits until something holds that nobody tells of; a minute is more than it ever takes.
package func waitFor(_ what: String, _ condition: () throws -> Bool) throws {
    let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
    while try !condition() {
        guard SystemClock.monotonicNanoseconds < deadline else {
            throw WaitFailure(description: "waited for a minute for \(what)")
        }
        SystemThread.sleep(nanoseconds: 1_000_000)
    }
}

/// Does what may block on a thread of its own, and waits for it no longer than a minute: a test
/// whose time is over is ended by nobody.
package func soon<Value: Sendable>(
    _ what: String, _ body: @escaping @Sendable () throws -> Value
) throws -> Value {
    let result = Condition<Result<Value, any Error>?>(nil)
    try SystemThread.start(name: "soon") {
        let value = Result { try body() }
        result.withLock { $0 = value }
        result.broadcast()
    }
    let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
    guard let value = result.wait(untilNanoseconds: deadline, { $0 }) else {
        throw WaitFailure(description: "waited for a minute for \(what)")
    }
    return try value.get()
}
