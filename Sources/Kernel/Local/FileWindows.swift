import KernelSystem
import Synchronization

/// The windows that models would be loaded with, as their files say: each is read once.
final class FileWindows: Sendable {
    private let known = Mutex<[String: (status: FileStatus, tokens: Int?)]>([:])

    /// Nil if the file does not say, or cannot be read.
    func tokens(of file: String) -> Int? {
        guard let status = (try? Files.statusIfPresent(file)) ?? nil else { return nil }
        if let known = known.withLock({ $0[file] }), known.status.isSameContent(as: status) {
            return known.tokens
        }
        let tokens = (try? GGUFHeader(file))?.contextTokens
            .map { min($0, ServerCommand.contextTokensMax) }
        known.withLock { $0[file] = (status, tokens) }
        return tokens
    }
}
