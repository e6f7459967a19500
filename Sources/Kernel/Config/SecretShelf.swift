import KernelSystem
import Synchronization

/// Secrets as they were read last, for whoever needs them often: a file is read again once it has
/// changed, and a keyring is asked again after a while, since it does not tell.
package final class SecretShelf: Sendable {
    private struct State {
        var files: [String: Entry<[UInt8], FileStatus?>] = [:]
        var keyring: [String: Entry<String, UInt64>] = [:]
        /// Of a keyring that took long to say nothing: for all that it may have.
        var silence: Entry<String, UInt64>?
    }

    /// `stamp`: what it was read of, or until when it holds.
    private struct Entry<Value: Sendable, Stamp: Sendable>: Sendable {
        let stamp: Stamp
        let found: Result<Value?, any Error>
    }

    private let origin: SecretSource
    private let state = Mutex(State())

    private static let keyringNanoseconds: UInt64 = 60_000_000_000
    /// Of one that is locked or does not answer.
    private static let failureNanoseconds: UInt64 = 3_000_000_000
    /// A failure that takes longer is that of a keyring that hangs: others would wait as long.
    private let silenceNanoseconds: UInt64

    package init(_ origin: SecretSource, silenceNanoseconds: UInt64 = 1_000_000_000) {
        self.origin = origin
        self.silenceNanoseconds = silenceNanoseconds
    }

    /// Reads what is not on the shelf: on a thread that may wait.
    package var source: SecretSource {
        var source = SecretSource(
            variable: origin.variable, file: { try self.file($0).get() }, status: origin.status)
        source.keyring = { try self.secret($0).get() }
        return source
    }

    /// Whether something is to be read again. Looks at files, and reads none.
    package var isOld: Bool {
        let (files, keyring) = state.withLock { ($0.files, $0.keyring) }
        let now = SystemClock.monotonicNanoseconds
        return keyring.values.contains { $0.stamp <= now }
            || files.contains { origin.status($0.key) != $0.value.stamp }
    }

    // What is replaced is let go of outside of the lock.

    private func file(_ path: String) -> Result<[UInt8]?, any Error> {
        // Before it is read: a change meanwhile is seen the next time.
        let status = origin.status(path)
        if let known = state.withLock({ $0.files[path] }), known.stamp == status {
            return known.found
        }
        let entry = Entry(stamp: status, found: Result { try origin.file(path) })
        _ = state.withLock { $0.files.updateValue(entry, forKey: path) }
        return entry.found
    }

    private func secret(_ name: String) -> Result<String?, any Error> {
        let begun = SystemClock.monotonicNanoseconds
        let known = state.withLock { state in
            [state.keyring[name], state.silence].compactMap(\.self).first { begun < $0.stamp }
        }
        if let known {
            keep(known, name)
            return known.found
        }
        let found = Result { try origin.keyring(name) }
        let now = SystemClock.monotonicNanoseconds
        let isThere = if case .success(.some) = found { true } else { false }
        let hasFailed = if case .failure = found { true } else { false }
        let isSilent = hasFailed && now - begun >= silenceNanoseconds
        let nanoseconds =
            isThere || isSilent ? Self.keyringNanoseconds : Self.failureNanoseconds
        let entry = Entry(stamp: now + nanoseconds, found: found)
        keep(entry, name)
        if isSilent {
            _ = state.withLock { state in
                defer { state.silence = entry }
                return state.silence
            }
        }
        return found
    }

    private func keep(_ entry: Entry<String, UInt64>, _ name: String) {
        _ = state.withLock { $0.keyring.updateValue(entry, forKey: name) }
    }
}
