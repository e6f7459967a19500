import KernelHistory
import KernelStore
import KernelTesting
import ModuleChat
import ModuleJSON
import Testing

@Suite(.blocking) struct SearchTests {
    private static let texts = [
        "The quick brown fox jumps over the lazy dog.",
        "Grüße aus Köln, naïve façade, ΑΒΓ, ПРИВЕТ мир",
        "我喜欢北京的秋天。東京タワーへ行きました。",
        "안녕하세요 세계, สวัสดีชาวโลก",
        "Party 🎉🎉 tonight 👩🏽‍💻, really? e-mail me: ann@example.org",
        "a \"quoted phrase\" and 'single' (brackets) [x] {y} *star* ^hat -minus C++ NOT AND OR",
        "path /home/ann/notes.txt and fs.read, foo_bar, 3.14",
        "xyzzy",
    ]

    /// What is typed, and which of the texts have it.
    private static let questions: [(String, [Int])] = [
        ("fox", [0]), ("FOX", [0]), ("quick dog", [0]), ("dog quick", [0]), ("fox cat", []),
        ("\"brown fox\"", [0]), ("\"fox brown\"", []), ("“brown fox”", [0]), ("\"brown fox", [0]),
        ("jum*", [0]), ("ju*", []), ("jump", []), ("quick -dog", []), ("quick -cat", [0]),
        ("the -\"lazy cat\"", [0]), ("the -\"lazy dog\"", []),
        ("grusse", []), ("grüße", [1]), ("GRÜßE", [1]), ("koln", [1]), ("naive facade", [1]),
        ("αβγ", [1]), ("привет", [1]), ("Мир", [1]),
        ("北京", [2]), ("京北", []), ("东京", []), ("東京", [2]), ("秋", [2]), ("喜欢 秋天", [2]),
        ("タワー", [2]), ("ワタ", []), ("我喜", [2]), ("安京", []), ("-北京 東京", []),
        ("세계", [3]), ("안녕", [3]), ("ชาว", [3]), ("สวัสดี", [3]),
        ("🎉", [4]), ("🎉🎉", [4]), ("🎉🎉🎉", []), ("💻", [4]), ("👩🏽‍💻", [4]), ("😀", []),
        ("e-mail", [4]), ("ann@example.org", [4]), ("really?", [4]),
        ("quoted", [5]), ("\"quoted phrase\"", [5]), ("(brackets)", [5]), ("[x]", [5]),
        ("*star*", [5]), ("^hat", [5]), ("NOT", [5]), ("AND OR", [5]), ("NEAR", []),
        ("NEAR(a b)", []), ("C++", [5]), ("'single'", [5]), ("''", []), ("said:fox", []),
        ("{said} : fox", []), ("brown + fox", [0]), ("brown^fox", [0]),
        ("/home/ann", [6]), ("notes.txt", [6]), ("fs.read", [6]), ("foo_bar", [6]),
        ("3.14", [6]), ("3", [6]), ("path\0fs", [6]),
        ("", []), ("   ", []), ("\"\"", []), ("\"", []), ("-", []), ("*", []), ("!!!", []),
        ("- -", []), ("\u{301}", []), ("\u{FFFD}", []), ("%", []), ("xyzzy;--", [7]),
    ]

    @Test func `odd questions have the right answer, and no error`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let ids = try scratch.append(Self.texts.map { .said($0, by: "ann") }, to: chat).map(\.id)
        for (question, places) in Self.questions {
            let found = try scratch.find(question).compactMap { ids.firstIndex(of: $0) }
            #expect(found == places.reversed(), "\(question)")
        }
    }

    @Test func `whatever is typed has an answer, or is refused`() throws {
        let scratch = try ScratchHistory()
        try scratch.append(Self.texts.map { .said($0, by: "ann") }, to: try scratch.begin())
        var chance = Chance(3)
        let marks = "\"\"“”'()*-^:+{}[],.;%\\\0\n \t".map { String($0) }
        let pieces =
            marks + ["fox", "NEAR", " AND ", " NOT ", " OR ", "said:", "北", "🎉", "\u{301}"]
        for _ in 0..<2_000 {
            let typed = (0..<Int.random(in: 0...12, using: &chance)).compactMap { _ in
                pieces.randomElement(using: &chance)
            }.joined()
            let error = refusal { _ = try scratch.find(typed) }
            #expect(error == nil || error?.kind == .refused, "\(typed)")
        }
    }

    @Test func `what cannot be looked for is refused with a sentence`() throws {
        let scratch = try ScratchHistory()
        let long = String(repeating: "x", count: ChatLimits.searchBytesMax + 1)
        #expect(refusal { _ = try scratch.find(long) }?.kind == .tooLarge)
        let many = (0...ChatLimits.searchTermsMax).map { "w\($0)" }.joined(separator: " ")
        #expect(refusal { _ = try scratch.find(many) }?.kind == .tooLarge)
        #expect(refusal { _ = try scratch.find("-only -these") }?.kind == .refused)
    }

    @Test func `a hit says where it is, and what stands around it`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin(NewChat(title: "Animals"))
        let words = (0..<100).map { "w\($0)" }
        let text = (words + ["needle"] + words).joined(separator: " ")
        let id = try scratch.say(text, in: chat)
        let hit = try #require(try scratch.search(ChatSearch("NEEDLE")).hits.first)
        #expect(hit.chat == chat && hit.name == "Animals" && hit.part == PartID(id, 0))
        #expect(hit.role == .user && hit.author == "ann")
        #expect(hit.excerpt.filter(\.isMatch).map(\.text) == ["needle"])
        #expect(hit.text.hasPrefix("…") && hit.text.hasSuffix("…") && hit.text.count < 120)
    }

    @Test func `a word without an end makes no excerpt without an end`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let long = String(repeating: "x", count: 50_000)
        try scratch.say("\(long) needle \(long) needle \(long)", in: chat)
        let hit = try #require(try scratch.search(ChatSearch("needle")).hits.first)
        #expect(hit.text.utf8.count < 2_000 && hit.name.hasPrefix("xxx"))
    }

    @Test func `thoughts are found only if they are asked for, and tools unless they are not`()
        throws
    {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let call = ChatToolCall(id: "1", name: "fs.read", arguments: ["path": "/etc/hostname"])
        let result = ChatToolResult(call: "1", name: "fs.read", text: "gamma")
        try scratch.append(
            [
                NewMessage(
                    .assistant, [.thinking(ChatThinking("alpha")), .text("beta"), .toolCall(call)],
                    by: "model"), NewMessage(.tool, [.toolResult(result)], by: "fs"),
            ], to: chat)
        func count(_ text: String, thinking: Bool = false, tools: Bool = true) throws -> Int {
            var search = ChatSearch(text)
            search.hasThinking = thinking
            search.hasTools = tools
            return try scratch.search(search).hits.count
        }
        #expect(try count("alpha") == 0)
        #expect(try count("alpha", thinking: true) == 1)
        #expect(try count("gamma") == 1)
        #expect(try count("gamma", tools: false) == 0)
        #expect(try count("hostname") == 1)
        #expect(try count("fs.read") == 2)
    }

    @Test func `answers come newest first, in parts, and the best first if that is wanted`() throws
    {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let padding = String(repeating: "word ", count: 400)
        let ids = try scratch.append(
            [
                .said("needle needle needle", by: "a"), .said("needle", by: "a"),
                .said("none", by: "a"), .said("needle " + padding, by: "a"),
            ], to: chat
        ).map(\.id)
        var search = ChatSearch("needle")
        #expect(try scratch.find("needle") == [ids[3], ids[1], ids[0]])
        search.limit = 2
        let first = try scratch.search(search)
        #expect(first.hits.map(\.part.message) == [ids[3], ids[1]])
        search.before = first.next
        let second = try scratch.search(search)
        #expect(second.hits.map(\.part.message) == [ids[0]] && second.next == nil)
        search.before = nil
        search.order = .best
        search.limit = 10
        #expect(try scratch.search(search).hits.map(\.part.message) == [ids[0], ids[1], ids[3]])
    }

    @Test func `what belongs to others, or was deleted, is not found`() throws {
        let scratch = try ScratchHistory()
        let shared = try scratch.begin()
        let mine = try scratch.begin(NewChat(owner: "phone"))
        let gone = try scratch.begin()
        let a = try scratch.say("needle", in: shared)
        let b = try scratch.say("needle", in: mine)
        let c = try scratch.say("needle", in: gone)
        func find(_ scope: ChatScope) throws -> [MessageID] {
            var search = ChatSearch("needle")
            search.scope = scope
            return try scratch.search(search).hits.map(\.part.message)
        }
        #expect(try find(.all) == [c, b, a])
        try scratch.change(gone, .deleted(.now))
        #expect(try find(.all) == [b, a])
        #expect(try find(.shared) == [a])
        #expect(try find(.client("phone")) == [b])
        #expect(try find(.client("other")) == [])
        #expect(try scratch.find("needle", in: gone) == [c])
        try scratch.change(gone, .deleted(nil))
        #expect(try find(.shared) == [c, a])
    }

    @Test func `a fork has what it shares, and the whole tree has what it shows of deleted ones`()
        throws
    {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let one = try scratch.say("needle one", in: chat)
        let two = try scratch.say("needle two", in: chat)
        let branch = try scratch.say("needle branch", in: chat, .beside(two))
        let fork = try scratch.fork(chat, at: two)
        let later = try scratch.say("needle later", in: chat)
        let own = try scratch.say("needle own", in: fork)
        #expect(try scratch.find("needle", in: fork) == [own, two, one])
        #expect(try scratch.find("needle", in: chat) == [later, branch, two, one])
        try scratch.change(chat, .deleted(.now))
        #expect(try scratch.find("needle") == [own, two, one])
        let hits = try scratch.search(ChatSearch("needle")).hits
        #expect(hits.allSatisfy { $0.chat == fork })
    }

    @Test func `a search through much that is not asked for says where it goes on`() throws {
        let scratch = try ScratchHistory()
        let kept = try scratch.begin()
        let first = try scratch.say("needle", in: kept)
        let hidden = try scratch.begin()
        for _ in 0..<(ChatLimits.searchLooksMax / 1_000 + 1) {
            try scratch.append((0..<1_000).map { _ in .said("needle", by: "a") }, to: hidden)
        }
        try scratch.change(hidden, .deleted(.now))
        var search = ChatSearch("needle")
        let answer = try scratch.search(search)
        #expect(answer.hits == [] && answer.next != nil)
        search.before = answer.next
        #expect(try scratch.search(search).hits.map(\.part.message) == [first])
    }

    @Test func `only the beginning of what a tool gave is looked through`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let text = "start " + String(repeating: "x ", count: 20_000) + "end"
        let part = ChatPart.toolResult(ChatToolResult(call: "1", name: "t", text: text))
        try scratch.append([NewMessage(.tool, [part], by: "t")], to: chat)
        #expect(try scratch.find("start").count == 1)
        #expect(try scratch.find("end").isEmpty)
    }
}
