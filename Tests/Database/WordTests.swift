import KernelDatabase
import KernelSystem
import KernelTesting
import Testing

/// How text is cut into words: each in brackets.
struct WordTests {
    private func database(_ folder: TemporaryFolder, _ text: String) throws -> Database {
        let path = folder.file("words.db")
        try Files.replace(path, with: [])
        let database = Database(try Connection(opening: path))
        try database.connection.execute(
            "CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'kernel_words')")
        try database.run("INSERT INTO words (text) VALUES (?)", .text(text))
        return database
    }

    @Test(arguments: [
        ("Grüße, World! déjà-vu", "déjà", "Grüße, World! [déjà]-vu"),
        ("Grüße, World! déjà-vu", "deja", "Grüße, World! [déjà]-vu"),
        ("Grüße, World! déjà-vu", "WORLD", "Grüße, [World]! déjà-vu"),
        ("abc北京 déf🎉g", "北京", "abc[北京] déf🎉g"), ("abc北京 déf🎉g", "京", "abc北[京] déf🎉g"),
        ("abc北京 déf🎉g", "abc", "[abc]北京 déf🎉g"), ("abc北京 déf🎉g", "def", "abc北京 [déf]🎉g"),
        ("abc北京 déf🎉g", "🎉", "abc北京 déf[🎉]g"), ("abc北京 déf🎉g", "g", "abc北京 déf🎉[g]"),
        ("東京タワーへ", "タワー", "東京[タワー]へ"), ("สวัสดีชาวโลก", "ชาว", "สวัสดี[ชาว]โลก"),
        ("👩🏽‍💻 x", "💻", "👩🏽‍[💻] x"), ("안녕하세요", "하세", "안녕[하세]요"), ("x", "x", "[x]"),
        ("北", "北", "[北]"), ("", "x", ""), ("北京", "", ""), ("abc北京", "京北", ""),
    ])
    func `a word is found where it stands`(text: String, word: String, marked: String) throws {
        let folder = try TemporaryFolder("kernel-database")
        let database = try database(folder, text)
        let found = try database.first(
            "SELECT highlight(words, 0, '[', ']') FROM words WHERE words MATCH ?",
            [.text("\"\(word)\"")]
        ) { $0.text(0) }
        #expect(found ?? "" == marked)
    }

    /// What is no UTF-8 can only come from another program.
    @Test(arguments: ["E4BA", "F09F", "FFE4", "C3", "80E4BAAC", "E4E4E4", "F0"])
    func `bytes that are no text are cut somehow`(bytes: String) throws {
        let folder = try TemporaryFolder("kernel-database")
        let database = try database(folder, "x")
        try database.run("INSERT INTO words (text) VALUES (CAST(x'\(bytes)' AS TEXT))")
        try database.run("INSERT INTO words (words) VALUES ('integrity-check')")
    }
}
