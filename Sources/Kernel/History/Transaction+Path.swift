import KernelDatabase
package import ModuleChat

extension Transaction {
    /// The messages before and up to this one, the oldest first; at most so many.
    private func path(upTo number: Int64?, limit: Int) throws -> [Int64] {
        var numbers: [Int64] = []
        var next = number
        while let number = next, numbers.count < limit {
            numbers.append(number)
            next =
                try first(ChatStatement.parent, [.integer(number)]) { $0.optionalInteger(0) }
                ?? nil
        }
        return numbers.reversed()
    }

    /// The messages behind this one on the way to `head`, the oldest first; at most so many.
    private func path(behind depth: Int64, to head: Int64, limit: Int) throws -> [Int64] {
        let deepest = try node(head).depth
        let end = try ancestor(of: head, depth: min(deepest, depth + Int64(limit)))
        guard let end, end.depth > depth else { return [] }
        return try path(upTo: end.number, limit: Int(end.depth - depth))
    }

    /// As many as fit into a page, from one end or the other.
    func load(_ numbers: [Int64], fromEnd: Bool, hasImages: Bool) throws -> [MessageRecord] {
        var messages: [MessageRecord] = []
        var bytes = 0
        for number in fromEnd ? numbers.reversed() : numbers {
            let message = try message(MessageID(number: number), hasImages: hasImages)
            bytes += message.bytes
            if bytes > ChatLimits.pageBytesMax, !messages.isEmpty { break }
            messages.append(message)
        }
        return fromEnd ? messages.reversed() : messages
    }

    func page(of chat: ChatRecord, _ query: PageQuery) throws -> MessagePage {
        let limit = min(max(query.limit, 1), ChatLimits.pageMax)
        let head =
            try query.head.map { try node($0, visibleIn: chat).number } ?? chat.head?.number
        var earlier: [Int64] = []
        var later: [Int64] = []
        switch query.window {
        case .last: earlier = try path(upTo: head, limit: limit)
        case .first: if let head { later = try path(behind: 0, to: head, limit: limit) }
        case .before(let id):
            earlier = try path(upTo: node(id, visibleIn: chat).parent, limit: limit)
        case .after(let id):
            later = try path(behind: node(id, visibleIn: chat), to: head, limit)
        case .around(let id):
            let node = try node(id, visibleIn: chat)
            later = try path(behind: node, to: head, limit / 2)
            earlier = try path(upTo: node.number, limit: limit - later.count)
        }
        var messages = try load(earlier, fromEnd: true, hasImages: query.hasImages)
        messages += try load(later, fromEnd: false, hasImages: query.hasImages)
        return MessagePage(
            chat: chat, messages: messages, hasEarlier: messages.first?.parent != nil,
            hasLater: messages.last.map { $0.id.number != head } ?? false)
    }

    private func path(
        behind node: MessageNode, to head: Int64?, _ limit: Int
    ) throws -> [Int64] {
        guard let head, try isAncestor(node, of: head) else { return [] }
        return try path(behind: node.depth, to: head, limit: limit)
    }

    /// From the head back to where the newest summary begins to stand for everything.
    func fill(_ path: inout PromptPath, messagesMax: Int, bytesMax: Int) throws {
        var bytes = 0
        var next = path.chat.head
        while let id = next, id != path.summary?.covers {
            var message = try bareMessage(id)
            next = message.parent
            if message.kind == .notice { continue }
            if message.kind == .summary {
                guard path.summary == nil, message.state == .done else { continue }
                message.parts = try parts(of: id, hasImages: true)
                path.summary = message
                // One that does not say how far it goes stands for all that came before it.
                if message.covers == nil { break }
                continue
            }
            message.parts = try parts(of: id, hasImages: true)
            bytes += message.bytes
            guard path.messages.count < messagesMax, bytes <= bytesMax || path.messages.isEmpty
            else {
                path.isCut = true
                break
            }
            path.messages.append(message)
        }
        path.messages.reverse()
    }

    // MARK: What a fork shares

    /// The message at this depth that a fork shares with the chat that it was forked from.
    func shared(in chat: ChatRecord, depth: Int64) throws -> MessageNode? {
        guard let origin = chat.origin else { return nil }
        return try ancestor(of: origin.message.number, depth: depth)
    }

    func sharedPath(of chat: ChatRecord, after: MessageID?, limit: Int) throws -> [Int64] {
        guard let origin = chat.origin?.message.number else { return [] }
        let behind = try after.map { try node($0, visibleIn: chat) }
        // Whatever is the chat's own comes later.
        if let behind, behind.chat == chat.id.number { return [] }
        return try path(behind: behind?.depth ?? 0, to: origin, limit: limit)
    }

    /// The way down from a message along the newest branch at every point.
    func leaf(beneath id: MessageID, in chat: ChatRecord) throws -> MessageID {
        var node = try node(id, visibleIn: chat)
        while true {
            let own = try first(
                ChatStatement.newestChild, [.integer(node.number), .integer(chat.id.number)]
            ) { $0.integer(0) }
            if let own {
                node = try self.node(own)
            } else if let shared = try shared(in: chat, depth: node.depth + 1),
                shared.parent == node.number
            {
                node = shared
            } else {
                return MessageID(number: node.number)
            }
        }
    }
}

extension MessageRecord {
    /// Of what it says, and of images as far as they were read.
    var bytes: Int { parts.reduce(0) { $0 + $1.content.bytes } }
}

extension ChatPart {
    /// About what it takes in memory.
    package var bytes: Int {
        switch self {
        case .text(let text), .notice(let text): text.utf8.count
        case .thinking(let thinking): thinking.text.utf8.count
        case .toolResult(let result): result.text.utf8.count
        case .image(let image): image.base64.utf8.count
        // Arguments are small, or there are few of them.
        case .toolCall: 256
        }
    }
}
