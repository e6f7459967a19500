import ModuleChat
import ModuleJSON
import ModuleProviderKit
import Testing

/// A chat begun on each provider goes on at each other, at any turn.
struct MeetingTests {
    /// Where the chat is handed over.
    enum Place: String, CaseIterable, Sendable {
        case afterTheCalls
        case afterOneResult
        case afterTheResults
        case afterTheAnswer
        case atTheNextQuestion
    }

    private static func chat(_ speaker: Speaker, until place: Place) -> [ChatMessage] {
        var chat = Meeting.opening
        let calls = speaker.answer(speaker.calling, to: chat)
        #expect(calls.toolCalls.count == 2)
        chat.append(calls)
        var results = Meeting.results(of: calls)
        if place == .afterTheCalls { return chat }
        if place == .afterOneResult { results.parts.removeFirst() }
        chat.append(results)
        if place == .afterOneResult || place == .afterTheResults { return chat }
        chat.append(speaker.answer(speaker.talking, to: chat))
        // A notice is for people, wherever it stands.
        chat.append(ChatMessage(.assistant, [.notice("A-NOTICE")]))
        if place == .atTheNextQuestion { chat.append(ChatMessage(.user, "And what else?")) }
        return chat
    }

    /// What holds for whatever goes out to `speaker`.
    private static func check(_ request: JSON, for speaker: Speaker) {
        let text = request.text
        for other in Meeting.speakers where other.server.preset != speaker.server.preset {
            for secret in other.secrets {
                #expect(!text.contains(secret), "\(secret) leaks to \(speaker.testDescription)")
            }
        }
        #expect(!text.contains("GEMINI-THOUGHT") && !text.contains("A-NOTICE"))
        let rounds = speaker.rounds(request)
        #expect(Set(rounds.calls).count == rounds.calls.count && !rounds.calls.contains(""))
        #expect(rounds.calls.sorted() == rounds.results.sorted())
        #expect(rounds.names.isSubset(of: ["fs_read", "fs_list"]))
    }

    @Test(arguments: Meeting.speakers, Meeting.speakers)
    func `a chat begun on one provider goes on at another`(first: Speaker, next: Speaker) throws {
        for place in Place.allCases {
            let chat = Self.chat(first, until: place)
            let request = try next.request(chat)
            let text = request.text
            Self.check(request, for: next)
            #expect(next.rounds(request).calls.count == 2, "\(place)")
            #expect(text.contains("What is in the picture?") && text.contains("aW1hZ2U="))
            #expect(text.contains(" looks.") && text.contains("Be brief."))
            if first.server.preset == next.server.preset {
                for secret in first.secrets {
                    #expect(text.contains(secret), "\(place): \(secret)")
                }
            }
            if place == .afterOneResult {
                #expect(text.contains("interrupted") && text.contains("result of "))
            }
            if place == .atTheNextQuestion { #expect(text.contains("And what else?")) }
        }
    }

    @Test(arguments: Meeting.speakers, Meeting.speakers)
    func `a provider without images or tools goes on in words`(
        first: Speaker, next: Speaker
    ) throws {
        for place in Place.allCases {
            let request = try next.request(Self.chat(first, until: place)) {
                $0.takesImages = false
                $0.takesTools = false
            }
            #expect(next.rounds(request) == Speaker.Rounds())
            #expect(!request.text.contains("aW1hZ2U="))
            #expect(request.text.contains("[called fs.read with"))
        }
    }

    @Test(arguments: Meeting.speakers, Meeting.speakers)
    func `results whose calls are gone are told in words`(first: Speaker, next: Speaker) throws {
        var chat = Self.chat(first, until: .atTheNextQuestion)
        // As where the beginning of a long chat was cut off, or one call could not be kept.
        let calls = try #require(chat.firstIndex { !$0.toolCalls.isEmpty })
        let whole = chat
        chat.removeSubrange(...calls)
        let cut = try next.request(chat)
        #expect(next.rounds(cut) == Speaker.Rounds())
        #expect(cut.text.contains("[result of fs.read]") && cut.text.contains("And what else?"))
        chat = whole
        chat[calls].parts.removeAll {
            if case .toolCall(let call) = $0 { call.name == "fs.read" } else { false }
        }
        let partly = try next.request(chat)
        Self.check(partly, for: next)
        #expect(next.rounds(partly).names == ["fs_list"])
        #expect(partly.text.contains("[result of fs.read]"))
    }

    @Test(arguments: Meeting.speakers, Meeting.speakers)
    func `calls of a chat that has no tools any more are told in words`(
        first: Speaker, next: Speaker
    ) throws {
        for place in Place.allCases {
            // What the kernel makes of a question without tools, whatever the model could do.
            let request = try next.request(Self.chat(first, until: place)) {
                $0.takesTools = false
            }
            #expect(next.rounds(request) == Speaker.Rounds(), "\(place)")
            for word in ["tools", "functionDeclarations", "tool_choice", "toolConfig"] {
                #expect(request[word] == nil, "\(word)")
            }
        }
    }

    @Test(arguments: Meeting.speakers)
    func `calls without end are one failure`(speaker: Speaker) {
        let many = speaker.events((0..<300).flatMap { speaker.call($0, "{}") })
        #expect(many.last?.problem?.contains("256 calls") == true && many.count <= 2 * 257)
        let argument = "\"" + String(repeating: "x", count: 1 << 20) + "\""
        let large = speaker.events((0..<20).flatMap { speaker.call($0, "{\"x\":\(argument)}") })
        #expect(large.last?.problem?.contains("16 MiB") == true && large.count <= 2 * 17)
    }

    @Test func `all take turns in one chat, also between a call and its result`() throws {
        var chat = Meeting.opening
        for round in 0..<3 {
            for (place, speaker) in Meeting.speakers.enumerated() {
                let calls = speaker.answer(speaker.calling, to: chat)
                chat.append(calls)
                chat.append(Meeting.results(of: calls))
                // Another one ends the round.
                let next = Meeting.speakers[(place + 1 + round) % Meeting.speakers.count]
                Self.check(try next.request(chat), for: next)
                chat.append(next.answer(next.talking, to: chat))
                chat.append(ChatMessage(.user, "Go on."))
                for any in Meeting.speakers { Self.check(try any.request(chat), for: any) }
            }
        }
        let last = Meeting.speakers[0]
        let rounds = last.rounds(try last.request(chat))
        #expect(rounds.calls.count == 3 * 2 * Meeting.speakers.count)
    }

    @Test(arguments: Meeting.speakers)
    func `what is kept of a chat is the same after it was stored`(speaker: Speaker) throws {
        let chat = Self.chat(speaker, until: .atTheNextQuestion)
        let stored = try chat.map { try ChatMessage(JSON(parsing: $0.json.serialized())) }
        #expect(stored == chat)
        #expect(try speaker.request(stored) == speaker.request(chat))
    }
}

extension ProviderEvent {
    fileprivate var problem: String? {
        guard case .chat(.failure(let failure)) = self, failure.kind == .malformed else {
            return nil
        }
        return failure.message
    }
}
