/// What to look for, and how far to go.
struct SearchRequest {
    /// A pattern for names; with a slash in it, for paths beneath the folder.
    var name: String?
    /// Text that a line contains.
    var text: String?
    /// A regular expression that a line matches.
    var pattern: String?
    var ignoresCase = false
    /// Leave out what .gitignore files leave out.
    var heedsIgnoreFiles = true
    var showsHidden = false
    /// Whoever asked with a whole path may not work where a shorter one starts.
    var showsWholePaths = false
    var matchesMax = 200
    var secondsMax = 20
    var filesMax = 200_000
    var bytesMax = 4 << 30

    func nameAutomaton() throws(Fault) -> Automaton? {
        guard let name else { return nil }
        let glob = try Glob.parse(name, ignoringCase: ignoresCase)
        return Automaton(try Program(glob, isWhole: true), isFloating: false)
    }

    func scanner() throws(Fault) -> LineScanner? {
        if text != nil && pattern != nil {
            throw Fault(.invalid, "Give text or pattern, not both.")
        }
        if let pattern {
            let tree = try PatternParser.parse(pattern, ignoringCase: ignoresCase)
            return LineScanner(
                .pattern(Automaton(try Program(tree, isWhole: false), isFloating: true)))
        }
        guard let text else { return nil }
        if text.isEmpty || text.contains(where: \.isNewline) {
            throw Fault(
                .invalid,
                "The text to search for must be one line: each line is searched for "
                    + "itself.")
        }
        if text.utf8.count > 1000 { throw Fault(.limit, "The text is longer than 1000 bytes.") }
        if !ignoresCase { return LineScanner(.exact(Array(text.utf8))) }
        let program = try Program(.literal(text, ignoringCase: true), isWhole: false)
        return LineScanner(.pattern(Automaton(program, isFloating: true)))
    }
}
