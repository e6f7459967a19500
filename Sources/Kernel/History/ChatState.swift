/// What a chat's row is there for. The numbers are in the database: they never change. Only kept
/// ones are ever seen.
enum ChatState: Int64 {
    case kept = 0
    /// What of it nobody else shares is to be removed.
    case purged = 1
    /// That is being done.
    case swept = 4
    /// All that is left of it is shared by others.
    case remains = 2
    /// It comes from an archive, and is not whole yet.
    case adopted = 3
}
