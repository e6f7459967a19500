/// Statements whose plans a test looks at: each must find its rows by an index.
package enum ChatStatement {
    package static let parent = "SELECT parent FROM message WHERE number = ?"
    package static let news =
        "SELECT number FROM message WHERE chat = ? AND revision > ? ORDER BY revision LIMIT ?"
    package static let children =
        "SELECT number FROM message WHERE parent IS ? AND chat = ? ORDER BY number"
    package static let newestChild =
        "SELECT number FROM message WHERE parent = ? AND chat = ? ORDER BY number DESC LIMIT 1"
    package static let own =
        "SELECT number FROM message WHERE chat = ? AND number > ? ORDER BY number LIMIT ?"
    package static let open = "SELECT number FROM message WHERE state = 0 ORDER BY number"
    /// Nothing stands on the message of this number any more.
    static let isFree = """
        NOT EXISTS (SELECT 1 FROM message AS child WHERE child.parent = message.number)
        AND NOT EXISTS (SELECT 1 FROM chat WHERE head = message.number)
        AND NOT EXISTS (SELECT 1 FROM chat WHERE forked_at = message.number)
        """
    package static let free = "SELECT chat, parent FROM message WHERE number = ? AND \(isFree)"
    /// The first condition is that of the index.
    package static let toPurge = """
        SELECT number FROM chat WHERE state <> 0 AND state = 1 ORDER BY number DESC LIMIT 1
        """
    package static let forks = """
        SELECT number, forked_at FROM chat
        WHERE forked_at IS NOT NULL AND state = 0 AND deleted IS NULL ORDER BY forked_at DESC
        """
    package static let search = """
        SELECT rowid, occurrences(search) FROM search
        WHERE search MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC
        """
    package static let excerpt = """
        SELECT snippet(search, -1, ?, ?, '…', 24) FROM search WHERE search MATCH ? AND rowid = ?
        """
    package static let imageUses = "SELECT 1 FROM part WHERE image = ? LIMIT 1"

    package static let all = [
        parent, news, children, newestChild, own, open, free, toPurge, forks, search,
        excerpt, imageUses,
    ]
}
