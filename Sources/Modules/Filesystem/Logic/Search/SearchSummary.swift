/// How a search went.
struct SearchSummary: Equatable {
    var matches = 0
    var filesWithMatches = 0
    var filesSearched = 0
    var bytesSearched = 0
    /// Why it ended before everything was searched.
    var stopped: String?
    var skippedBinary = 0
    var skippedUnreadable = 0
    var skippedIgnored = 0
}
