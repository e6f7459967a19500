import KernelHistory
import KernelStore
import KernelTesting
import ModuleChat
import Testing

/// Whatever is done in whatever order, the store and the model say the same.
@Suite(.blocking) struct WalkTests {
    private static let steps = LongForm.isWanted ? 4_000 : 400

    @Test(arguments: [1, 2, 3]) func `chats are what the model says`(seed: UInt64) throws {
        var walk = try Walk(seed)
        for step in 0..<Self.steps {
            try walk.step()
            if step % 40 == 39 { try walk.check() }
        }
        try walk.check()
        #expect(try walk.scratch.problems() == [])
        for chat in walk.model.chats.keys.shuffled(using: &walk.chance) {
            try walk.purge(chat)
        }
        for table in ["chat", "message", "part", "piece", "image"] {
            #expect(try walk.scratch.rows(table) == 0, "\(table)")
        }
        #expect(try walk.scratch.problems() == [])
    }
}

private struct Walk {
    let scratch: ScratchHistory
    var model = ChatModel()
    var chance: Chance
    private var words = 0

    init(_ seed: UInt64) throws {
        scratch = try ScratchHistory()
        chance = Chance(seed)
    }

    mutating func step() throws {
        guard let chat = model.chats.keys.sorted().randomElement(using: &chance) else {
            return try begin()
        }
        switch Int.random(in: 0..<100, using: &chance) {
        case 0..<4: try begin()
        case 4..<45: try say(in: chat)
        case 45..<58: try answer(in: chat)
        case 58..<70: try fork(chat)
        case 70..<80: try switchBranch(of: chat)
        case 80..<86: try delete(chat)
        case 86..<90: try purge(chat)
        case 90..<92: try restart()
        default: try write(in: chat)
        }
    }

    private mutating func begin() throws {
        model.chats[try scratch.begin()] = ChatModel.Chat()
    }

    /// A word that no other message has.
    private mutating func word() -> String {
        words += 1
        return "word\(words)"
    }

    private func isWritable(_ chat: ChatID) -> Bool {
        guard let chat = model.chats[chat], !chat.isDeleted else { return false }
        return true
    }

    private mutating func say(in chat: ChatID) throws {
        let text = word()
        let visible = model.visible(in: chat).sorted()
        var place = MessagePlace.atHead
        var parent = model.chats[chat]?.head
        if let other = visible.randomElement(using: &chance), Bool.random(using: &chance) {
            let isBeside = Bool.random(using: &chance)
            place = isBeside ? .beside(other) : .after(other)
            parent = isBeside ? model.messages[other]?.parent : other
        }
        let isOpen = parent.flatMap { model.messages[$0]?.state } == .open
        guard isWritable(chat), !isOpen else {
            let error = refusal { try scratch.say(text, in: chat, place) }
            #expect(error?.kind == .refused)
            return
        }
        let id = try scratch.say(text, in: chat, place)
        model.messages[id] = .init(chat: chat, parent: parent, text: text, state: .done)
        model.chats[chat]?.head = id
    }

    private mutating func answer(in chat: ChatID) throws {
        let head = model.chats[chat]?.head
        guard isWritable(chat), head.flatMap({ model.messages[$0]?.state }) != .open else { return }
        let id = try scratch.open(in: chat)
        model.messages[id] = .init(chat: chat, parent: head, text: "", state: .open)
        model.chats[chat]?.head = id
    }

    /// To an open message, or to one that has ended.
    private mutating func write(in chat: ChatID) throws {
        let own = model.messages.filter { $0.value.chat == chat }.keys.sorted()
        guard let id = own.randomElement(using: &chance) else { return }
        let text = " " + word()
        guard model.messages[id]?.state == .open else {
            #expect(refusal { try scratch.record([.piece(text)], of: id) }?.kind == .refused)
            return
        }
        var steps: [MessageStep] = [.begin(.text(text)), .piece(" more")]
        model.messages[id]?.text += text + " more"
        if Bool.random(using: &chance) {
            let state: MessageState = Bool.random(using: &chance) ? .done : .failed
            steps.append(.finish(MessageEnd(state)))
            model.messages[id]?.state = state
        }
        try scratch.record(steps, of: id)
    }

    private mutating func fork(_ chat: ChatID) throws {
        guard isWritable(chat),
            let message = model.visible(in: chat).sorted().randomElement(using: &chance)
        else { return }
        guard model.messages[message]?.state != .open else {
            #expect(refusal { _ = try scratch.fork(chat, at: message) }?.kind == .refused)
            return
        }
        let fork = try scratch.fork(chat, at: message)
        model.chats[fork] = .init(head: message, origin: message)
    }

    private mutating func switchBranch(of chat: ChatID) throws {
        guard isWritable(chat),
            let message = model.visible(in: chat).sorted().randomElement(using: &chance)
        else { return }
        let leaf = model.leaf(beneath: message, in: chat)
        let changed = try Answer.wait { scratch.chats.switchBranch(of: chat, to: message, $0) }
        #expect(changed.head == leaf)
        model.chats[chat]?.head = leaf
    }

    private mutating func delete(_ chat: ChatID) throws {
        let isDeleted = model.chats[chat]?.isDeleted ?? false
        try scratch.change(chat, .deleted(isDeleted ? nil : .now))
        model.chats[chat]?.isDeleted = !isDeleted
    }

    mutating func purge(_ chat: ChatID) throws {
        let isOpen = model.messages.values.contains { $0.chat == chat && $0.state == .open }
        if isOpen {
            #expect(refusal { try scratch.purge(chat) }?.kind == .refused)
            try restart()
        }
        try scratch.purge(chat)
        model.purge(chat)
    }

    private mutating func restart() throws {
        let settled = try scratch.restart()
        let open = model.messages.filter { $0.value.state == .open }.keys.sorted()
        #expect(settled.map(\.id) == open)
        for id in open { model.messages[id]?.state = .interrupted }
    }

    mutating func check() throws {
        var all = ChatFilter()
        all.limit = ChatLimits.listMax
        #expect(
            try Set(scratch.list(all))
                == Set(model.chats.filter { !$0.value.isDeleted }.keys))
        for chat in model.chats.keys {
            #expect(try scratch.texts(chat) == model.texts(chat))
        }
        let sizes = try scratch.sizes()
        #expect(sizes.messages == model.messages.count)
        for (id, message) in model.messages {
            #expect(try scratch.message(id).state == message.state)
        }
        try checkSearch()
    }

    private mutating func checkSearch() throws {
        let findable = model.findable
        for _ in 0..<20 {
            guard words > 0 else { return }
            let word = "word\(Int.random(in: 1...words, using: &chance))"
            let owner = model.messages.first {
                $0.value.text.split(separator: " ").contains { $0 == word }
            }
            let isFindable = owner.map { findable.contains($0.key) && $0.value.state != .open }
            // Parts that are still open are not in it, those before them are.
            if let owner, owner.value.state == .open { continue }
            #expect(
                try scratch.find(word) == (isFindable == true ? owner.map { [$0.key] } : []) ?? [],
                "\(word)")
            guard let owner else { continue }
            for chat in model.chats.keys {
                let isIn = model.visible(in: chat).contains(owner.key)
                #expect(try scratch.find(word, in: chat) == (isIn ? [owner.key] : []))
            }
        }
    }
}
