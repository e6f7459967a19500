import KernelHistory
import KernelStore
import KernelTesting
import ModuleChat
import Testing

@Suite(.blocking) struct TreeTests {
    @Test func `another answer and an edited question are branches of their own`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let question = try scratch.say("question", in: chat)
        let first = try scratch.say("first", in: chat)
        try scratch.say("behind first", in: chat)
        let second = try scratch.say("second", in: chat, .beside(first))
        #expect(try scratch.texts(chat) == ["question", "second"])
        let edited = try scratch.say("edited", in: chat, .beside(question))
        #expect(try scratch.texts(chat) == ["edited"])
        func siblings(_ id: MessageID) throws -> [MessageID] {
            try Answer.wait { scratch.chats.siblings(of: id, in: chat, $0) }.map(\.id)
        }
        #expect(try siblings(second) == [first, second])
        #expect(try siblings(question) == [question, edited])
        // Back, along the newest branch at every point.
        let back = try Answer.wait { scratch.chats.switchBranch(of: chat, to: question, $0) }
        #expect(back.head == second)
        _ = try Answer.wait { scratch.chats.switchBranch(of: chat, to: first, $0) }
        #expect(try scratch.texts(chat) == ["question", "first", "behind first"])
    }

    @Test func `a fork shares what was said before, and nothing that comes later`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let one = try scratch.say("one", in: chat)
        let two = try scratch.say("two", in: chat)
        let branch = try scratch.say("another two", in: chat, .beside(two))
        _ = try Answer.wait { scratch.chats.switchBranch(of: chat, to: two, $0) }
        let fork = try scratch.fork(chat, at: two)
        let origin = try scratch.chat(fork).origin
        #expect(origin?.chat == chat && origin?.message == two)
        #expect(try scratch.chat(fork).name == "one")
        try scratch.say("three", in: chat)
        try scratch.say("drei", in: fork)
        #expect(try scratch.texts(chat) == ["one", "two", "three"])
        #expect(try scratch.texts(fork) == ["one", "two", "drei"])
        // A branch that is not on its way is not the fork's.
        #expect(
            refusal {
                _ = try Answer.wait { scratch.chats.switchBranch(of: fork, to: branch, $0) }
            }?.kind == .unknown)
        // Editing what is shared leaves the other chat alone.
        let own = try scratch.say("zwei", in: fork, .beside(two))
        let siblings = try Answer.wait { scratch.chats.siblings(of: own, in: fork, $0) }
        #expect(siblings.map(\.id) == [two, own])
        #expect(try scratch.texts(fork) == ["one", "zwei"])
        #expect(
            try Answer.wait { scratch.chats.siblings(of: one, in: fork, $0) }.map(\.id) == [one])
        _ = try Answer.wait { scratch.chats.switchBranch(of: fork, to: two, $0) }
        #expect(try scratch.texts(fork) == ["one", "two", "drei"])
        #expect(try scratch.texts(chat) == ["one", "two", "three"])
    }

    @Test func `a conversation is read from any place in both directions`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let ids = try scratch.append((1...100).map { .said("\($0)", by: "ann") }, to: chat)
            .map(\.id)
        func read(_ window: MessageWindow, _ limit: Int) throws -> (String, Bool, Bool) {
            let page = try scratch.page(chat, PageQuery(window, limit: limit))
            let texts = page.messages.map(\.message.text)
            let range = texts.isEmpty ? "" : "\(texts[0])-\(texts[texts.count - 1])"
            #expect(page.messages.map(\.depth) == texts.compactMap { Int($0) })
            return (range, page.hasEarlier, page.hasLater)
        }
        #expect(try read(.last, 10) == ("91-100", true, false))
        #expect(try read(.first, 10) == ("1-10", false, true))
        #expect(try read(.before(ids[90]), 20) == ("71-90", true, true))
        #expect(try read(.before(ids[0]), 20) == ("", false, false))
        #expect(try read(.after(ids[0]), 3) == ("2-4", true, true))
        #expect(try read(.after(ids[97]), 20) == ("99-100", true, false))
        #expect(try read(.after(ids[99]), 20) == ("", false, false))
        #expect(try read(.around(ids[49]), 10) == ("46-55", true, true))
        #expect(try read(.around(ids[99]), 10) == ("91-100", true, false))
        #expect(try read(.around(ids[0]), 10) == ("1-6", false, true))
        #expect(try read(.last, 5_000) == ("1-100", false, false))
        // On another branch there is nothing behind a message.
        let other = try scratch.say("50", in: chat, .beside(ids[49]))
        #expect(try read(.around(ids[59]), 10).0 == "51-60")
        #expect(try read(.around(other), 10).0 == "41-50")
        var query = PageQuery(.after(ids[97]))
        #expect(try scratch.page(chat, query).messages == [])
        query.head = ids[99]
        #expect(try scratch.page(chat, query).messages.map(\.id) == [ids[98], ids[99]])
    }

    @Test func `a page ends before it is too large, but has a message`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        let large = String(repeating: "x", count: 4 << 20)
        for _ in 0..<6 { try scratch.say(large, in: chat) }
        let page = try scratch.page(chat)
        #expect(page.messages.count == 4 && page.hasEarlier)
        let first = try scratch.page(chat, PageQuery(.first))
        #expect(first.messages.count == 4 && first.hasLater && !first.hasEarlier)
    }

    /// Depth and jumps are right in a tree of any shape: what is on the way is found, and nothing
    /// else.
    @Test func `ancestors are found in a tree of any shape`() throws {
        let scratch = try ScratchHistory()
        let chat = try scratch.begin()
        var chance = Chance(7)
        var ids: [MessageID] = []
        var parents: [MessageID: MessageID] = [:]
        for number in 0..<400 {
            // Long ways with short branches.
            let isLong = Int.random(in: 0..<10, using: &chance) > 0
            let parent = isLong ? ids.last : ids.randomElement(using: &chance)
            let id = try scratch.say("\(number)", in: chat, parent.map { .after($0) } ?? .atHead)
            parents[id] = parent
            ids.append(id)
        }
        func way(to id: MessageID) -> [MessageID] {
            var way = [id]
            while let parent = parents[way[way.count - 1]] { way.append(parent) }
            return way.reversed()
        }
        for _ in 0..<60 {
            let leaf = try #require(ids.randomElement(using: &chance))
            let head = try Answer.wait { scratch.chats.switchBranch(of: chat, to: leaf, $0) }.head
            let expected = way(to: try #require(head))
            let other = try #require(ids.randomElement(using: &chance))
            let page = try scratch.page(chat, PageQuery(.after(other), limit: 20))
            let place = expected.firstIndex(of: other)
            #expect(
                page.messages.map(\.id)
                    == (place.map { Array(expected[($0 + 1)...].prefix(20)) } ?? []))
            let whole = try scratch.page(chat, PageQuery(limit: 1_000)).messages
            #expect(whole.map(\.id) == expected)
        }
    }
}
