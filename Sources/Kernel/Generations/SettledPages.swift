import KernelHosting
import KernelSystem
import Synchronization

/// Where the pages of modules are that the loader has written addresses on, and nobody writes to
/// any more: in a file without a name, from which the system reads them again. As memory of this
/// process they would be kept with every generation for as long as it lives, and they are half of
/// what a module in Swift needs.
final class SettledPages: Sendable {
    private let folder: String
    private let state = Mutex(State.unopened)

    private enum State: ~Copyable {
        case unopened
        case open(FileDescriptor, end: Int)
        /// There is no room for it: the pages stay in memory.
        case unavailable
    }

    init(folder: String) {
        self.folder = folder
    }

    /// To be called before the code of the module is used.
    func take(_ image: ModuleImage) {
        state.withLock { state in
            state = Self.settled(image, state, folder)
        }
    }

    private static func settled(
        _ image: ModuleImage, _ state: consuming State, _ folder: String
    ) -> State {
        switch consume state {
        case .unopened:
            guard let file = file(in: folder) else { return .unavailable }
            return settled(image, .open(file, end: 0), folder)
        case .open(let file, let end):
            let bytes = image.settle(in: file, at: end)
            return .open(file, end: end + bytes)
        case .unavailable:
            return .unavailable
        }
    }

    private static func file(in folder: String) -> FileDescriptor? {
        let path = Path.join(folder, "settled-\(ProcessFacts.id)")
        // Another process with this number has left it behind.
        Files.removeIfPresent(path)
        defer { Files.removeIfPresent(path) }
        return try? FileDescriptor.open(path, .write, creating: .always())
    }
}
