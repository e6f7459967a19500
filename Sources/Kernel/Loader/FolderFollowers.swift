/// Names one follower of one folder.
package struct FollowToken: Sendable, Hashable {
    let folder: String
    fileprivate let number: UInt64
}

/// Who wants to know of what happens in which folder: a value without I/O. A folder may have many
/// followers, such as a package whose folder holds the configuration too.
struct FolderFollowers {
    private var followers: [String: [(token: FollowToken, tell: ModuleLoader.Follower)]] = [:]
    private var lastNumber: UInt64 = 0

    var folders: [String] { Array(followers.keys) }

    func all(of folder: String) -> [ModuleLoader.Follower] {
        followers[folder, default: []].map(\.tell)
    }

    mutating func add(
        _ folder: String, _ follower: @escaping ModuleLoader.Follower
    ) -> FollowToken {
        lastNumber += 1
        let token = FollowToken(folder: folder, number: lastNumber)
        followers[folder, default: []].append((token, follower))
        return token
    }

    /// True if somebody follows the folder still.
    mutating func remove(_ token: FollowToken) -> Bool {
        followers[token.folder]?.removeAll { $0.token == token }
        if followers[token.folder]?.isEmpty == true { followers[token.folder] = nil }
        return followers[token.folder] != nil
    }
}
