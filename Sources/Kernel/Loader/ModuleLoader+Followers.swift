import KernelBase
import KernelBuilds
import KernelGenerations
package import KernelSystem
import Synchronization

// The watcher is the only one in the process: who else wants to follow folders asks the loader.
extension ModuleLoader {
    /// Called on the watcher's thread: it must not block.
    package typealias Follower = @Sendable (FolderEvent) -> Void

    /// Tells of what happens in the folder, from now on or as soon as watching begins, until
    /// `unfollow` with the token.
    @discardableResult
    package func follow(_ folder: String, _ follower: @escaping Follower) -> FollowToken {
        let token = state.withLock { $0.followers.add(folder, follower) }
        watcher.withLock { $0?.watch(folder) }
        return token
    }

    package func unfollow(_ token: FollowToken) {
        let isStillWatched = state.withLock { state in
            let isFollowed = state.followers.remove(token)
            return isFollowed || (state.watch?.folders.contains(token.folder) ?? false)
        }
        if !isStillWatched { watcher.withLock { $0?.unwatch(token.folder) } }
    }

    /// Has the module file at `path` looked at when what it is a link to changes: that is no event
    /// where the link lies. Nil if it is no link, or leads nowhere.
    package func followTarget(of path: String) -> FollowToken? {
        guard let target = Files.resolved(path), target != path else { return nil }
        return follow(Path.directory(of: target)) { [weak self] event in
            guard let watch = self?.state.withLock({ $0.watch }) else { return }
            switch event {
            case .written(_, let name) where name == Path.name(of: target):
                watch.hint(path, .written)
            case .arrived(_, let name) where name == Path.name(of: target):
                watch.hint(path, .arrived)
            default: break
            }
        }
    }

    /// Looks at the folder again: the watcher cannot see what a link that was dangling points to.
    package func lookAgain(in folder: String) {
        watcher.withLock { $0?.watch(folder) }
    }

    /// The files of a folder that were modules when the loader last looked, in this run or in an
    /// earlier one.
    package func knownFiles(in folder: String) -> [String] {
        state.withLock { $0.index.sources(in: folder) }
    }

    /// Nobody wants the modules of these places any more: their files are not looked at again, and
    /// what they serve is retired.
    package func remove(_ places: [Place], reason: String) {
        guard let watch = state.withLock({ $0.watch }) else { return }
        for place in places {
            let files: [String]
            switch place.kind {
            case .file:
                watch.remove(place.path)
                files = [place.path]
            case .folder:
                watch.removeFolder(place.path)
                files = state.withLock { state in
                    state.catalogue.paths.filter { Path.directory(of: $0) == place.path }
                }
            }
            for file in files { withdraw(file, reason) }
        }
    }
}
