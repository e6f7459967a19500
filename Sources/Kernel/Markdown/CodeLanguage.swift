/// What tells the words of a language apart: a table, not a grammar.
struct CodeLanguage: Sendable {
    struct Quote: Sendable {
        let open: [UInt8]
        let close: [UInt8]
        /// What takes the meaning of the next character; 0 for none.
        let escape: UInt8
        let spansLines: Bool

        init(
            _ open: String, _ close: String? = nil, escape: String = "\\", spansLines: Bool = false
        ) {
            self.open = Array(open.utf8)
            self.close = Array((close ?? open).utf8)
            self.escape = escape.utf8.first ?? 0
            self.spansLines = spansLines
        }
    }

    enum Form: Sendable { case words, markup, difference }

    var form = Form.words
    var keywords: Set<String> = []
    var lineComments: [[UInt8]] = []
    var blockComment: (open: [UInt8], close: [UInt8])?
    var commentsNest = false
    /// The longer ones first.
    var quotes: [Quote] = []
    /// Words that begin with a capital letter are types.
    var hasTypes = false
    /// Characters of words besides letters, digits and `_`.
    var wordMarks: Set<UInt8> = []
    /// What begins a word that means something to the compiler: `@`, `#`.
    var attributeMarks: Set<UInt8> = []
    /// What stands behind the first words of a line when they are a key: `:`, `=`.
    var keyEnd: UInt8?
    /// In texts of quotes too, when what follows is a colon.
    var quotesAreKeys = false

    /// By what stands behind a fence; nil for what is not known.
    static func named(_ info: String) -> CodeLanguage? {
        let word = info.prefix { !$0.isWhitespace && !"{,:".contains($0) }.lowercased()
        return names[word].flatMap { all[$0] }
    }

    private static let names: [String: String] = [
        "swift": "swift", "c": "c", "h": "c", "cpp": "c", "c++": "c", "cc": "c", "cxx": "c",
        "hpp": "c", "objc": "c", "python": "python", "py": "python", "python3": "python",
        "sh": "shell", "bash": "shell", "zsh": "shell", "shell": "shell", "console": "shell",
        "json": "json", "jsonc": "json", "json5": "json", "jsonl": "json", "toml": "toml",
        "ini": "toml", "yaml": "yaml", "yml": "yaml", "rust": "rust", "rs": "rust", "go": "go",
        "golang": "go", "javascript": "javascript", "js": "javascript", "jsx": "javascript",
        "mjs": "javascript", "typescript": "javascript", "ts": "javascript", "tsx": "javascript",
        "html": "html", "xml": "html", "svg": "html", "diff": "diff", "patch": "diff",
    ]

    private static func set(_ words: String) -> Set<String> {
        Set(words.split(separator: " ").map(String.init))
    }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static let slashes = bytes("//")
    private static let starComment = (open: bytes("/*"), close: bytes("*/"))

    private static let all: [String: CodeLanguage] = [
        "swift": CodeLanguage(
            keywords: set(
                "actor any as associatedtype async await break case catch class consuming continue "
                    + "borrowing convenience default defer deinit do else enum extension "
                    + "fallthrough false fileprivate final for func get guard if import in "
                    + "indirect init inout internal is isolated lazy let mutating nil nonisolated "
                    + "open operator override package private protocol public repeat required "
                    + "rethrows return self Self set some static struct subscript super switch "
                    + "throw throws true try typealias unsafe var weak where while"),
            lineComments: [slashes], blockComment: starComment, commentsNest: true,
            quotes: [
                Quote("#\"\"\"", "\"\"\"#", escape: "", spansLines: true),
                Quote("\"\"\"", spansLines: true), Quote("#\"", "\"#", escape: ""), Quote("\""),
            ],
            hasTypes: true, attributeMarks: [UInt8(ascii: "@"), UInt8(ascii: "#")]),
        "c": CodeLanguage(
            keywords: set(
                "alignas alignof asm auto bool break case catch char class concept const constexpr "
                    + "consteval continue co_await co_return co_yield decltype default delete do "
                    + "double else enum explicit extern false final float for friend goto if "
                    + "inline int long mutable namespace new noexcept nullptr operator override "
                    + "private protected public register requires restrict return short signed "
                    + "sizeof static static_assert struct switch template this thread_local throw "
                    + "true try typedef typename union unsigned using virtual void volatile while "
                    + "NULL int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t "
                    + "size_t ssize_t"),
            lineComments: [slashes], blockComment: starComment,
            quotes: [Quote("R\"(", ")\"", escape: "", spansLines: true), Quote("\""), Quote("'")],
            hasTypes: true, attributeMarks: [UInt8(ascii: "#")]),
        "python": CodeLanguage(
            keywords: set(
                "and as assert async await break case class continue def del elif else except "
                    + "False finally for from global if import in is lambda match None nonlocal "
                    + "not or pass raise return self True try while with yield"),
            lineComments: [bytes("#")],
            quotes: [
                Quote("\"\"\"", spansLines: true), Quote("'''", spansLines: true), Quote("\""),
                Quote("'"),
            ],
            hasTypes: true, attributeMarks: [UInt8(ascii: "@")]),
        "shell": CodeLanguage(
            keywords: set(
                "case do done elif else esac export fi for function if in local readonly return "
                    + "select set shift source then time trap unset until while alias cd echo "
                    + "eval exec exit printf read sudo test"),
            lineComments: [bytes("#")],
            quotes: [
                Quote("\"", spansLines: true), Quote("'", escape: "", spansLines: true), Quote("`"),
            ],
            wordMarks: [UInt8(ascii: "-")], attributeMarks: [UInt8(ascii: "$")]),
        "json": CodeLanguage(
            keywords: set("true false null"), lineComments: [slashes], blockComment: starComment,
            quotes: [Quote("\"")], quotesAreKeys: true),
        "toml": CodeLanguage(
            keywords: set("true false inf nan"), lineComments: [bytes("#"), bytes(";")],
            quotes: [
                Quote("\"\"\"", spansLines: true), Quote("'''", escape: "", spansLines: true),
                Quote("\""), Quote("'", escape: ""),
            ],
            wordMarks: [UInt8(ascii: "-"), UInt8(ascii: ".")], keyEnd: UInt8(ascii: "=")),
        "yaml": CodeLanguage(
            keywords: set("true false null yes no on off"), lineComments: [bytes("#")],
            quotes: [Quote("\""), Quote("'", escape: "")],
            wordMarks: [UInt8(ascii: "-"), UInt8(ascii: ".")], keyEnd: UInt8(ascii: ":")),
        "rust": CodeLanguage(
            keywords: set(
                "as async await break const continue crate dyn else enum extern false fn for if "
                    + "impl in let loop match mod move mut pub ref return self Self static struct "
                    + "super trait true type union unsafe use where while bool char f32 f64 i8 "
                    + "i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize"),
            lineComments: [slashes], blockComment: starComment, commentsNest: true,
            quotes: [
                Quote("r#\"", "\"#", escape: "", spansLines: true), Quote("\"", spansLines: true),
            ],
            hasTypes: true, attributeMarks: [UInt8(ascii: "#")]),
        "go": CodeLanguage(
            keywords: set(
                "any bool break byte case chan const continue default defer else error "
                    + "fallthrough false float32 float64 for func go goto if import int int8 "
                    + "int16 int32 int64 interface iota map nil package range return rune select "
                    + "string struct switch true type uint uint8 uint16 uint32 uint64 var"),
            lineComments: [slashes], blockComment: starComment,
            quotes: [Quote("`", escape: "", spansLines: true), Quote("\""), Quote("'")],
            hasTypes: true),
        "javascript": CodeLanguage(
            keywords: set(
                "abstract any as async await boolean break case catch class const continue "
                    + "debugger declare default delete do else enum export extends false finally "
                    + "for from function get if implements import in instanceof interface keyof "
                    + "let never new null number of private protected public readonly return set "
                    + "static string super switch this throw true try type typeof undefined "
                    + "unknown var void while with yield"),
            lineComments: [slashes], blockComment: starComment,
            quotes: [Quote("`", spansLines: true), Quote("\""), Quote("'")], hasTypes: true,
            wordMarks: [UInt8(ascii: "$")], attributeMarks: [UInt8(ascii: "@")]),
        "html": CodeLanguage(
            form: .markup, blockComment: (open: bytes("<!--"), close: bytes("-->")),
            quotes: [Quote("\"", escape: ""), Quote("'", escape: "")]),
        "diff": CodeLanguage(form: .difference),
    ]
}
