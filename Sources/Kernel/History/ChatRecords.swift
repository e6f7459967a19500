package import KernelStore
package import ModuleChat

/// Chats that are kept. Each function hands its answer to `done`, once; see `Completion` and
/// `Answer`. A write is committed when `done` says so; one that fails has changed nothing.
package protocol ChatRecords: Sendable {
    // MARK: Chats

    func begin(_ chat: NewChat, _ done: @escaping Completion<ChatRecord>)
    func chat(_ id: ChatID, _ done: @escaping Completion<ChatRecord>)
    func list(_ filter: ChatFilter, _ done: @escaping Completion<[ChatRecord]>)
    /// The ones that most chats have come first.
    func tags(_ scope: ChatScope, _ done: @escaping Completion<[TagCount]>)
    func change(
        _ id: ChatID, _ changes: [ChatChange], _ done: @escaping Completion<ChatRecord>)
    /// A new chat that shares everything up to a message that has ended, and nothing that comes
    /// after it.
    func fork(
        _ id: ChatID, at message: MessageID, _ chat: NewChat,
        _ done: @escaping Completion<ChatRecord>)
    /// Removes a chat for good, except for what others share. From the answer's commit on it is
    /// nowhere to be seen; `done` is called when all of it is gone.
    func purge(_ id: ChatID, _ done: @escaping Completion<Void>)
    func sizes(_ done: @escaping Completion<ChatSizes>)
    /// Once at start, before anything is written: marks what was left open as interrupted, in the
    /// answer as it is now, and goes on with what was being purged or adopted.
    func settle(at moment: Moment, _ done: @escaping Completion<[MessageRecord]>)

    // MARK: Messages

    /// Each behind the one before it. One that is open can only be the last.
    func append(
        _ messages: [NewMessage], to chat: ChatID, _ place: MessagePlace, _ durability: Durability,
        _ done: @escaping Completion<[MessageRecord]>)
    /// Writes to an open message.
    func record(
        _ steps: [MessageStep], of message: MessageID, at moment: Moment, _ durability: Durability,
        _ done: @escaping Completion<MessageChange>)
    func message(_ id: MessageID, _ done: @escaping Completion<MessageRecord>)
    func page(of chat: ChatID, _ query: PageQuery, _ done: @escaping Completion<MessagePage>)
    func prompt(
        of chat: ChatID, messagesMax: Int, bytesMax: Int, _ done: @escaping Completion<PromptPath>)
    /// What changed since a revision that a client knows; at most `limit` messages.
    func news(
        of chat: ChatID, since revision: Int64, limit: Int, _ done: @escaping Completion<ChatNews>)
    /// The message and what was said in its place in this chat, the oldest first, without parts.
    func siblings(
        of message: MessageID, in chat: ChatID, _ done: @escaping Completion<[MessageRecord]>)
    /// Makes the newest conversation that this message is part of the chat's.
    func switchBranch(
        of chat: ChatID, to message: MessageID, _ done: @escaping Completion<ChatRecord>)
    /// Prompts are made as if this summary had not been.
    func withdraw(summary: MessageID, _ done: @escaping Completion<Void>)
    /// Of a part that is one; nil for any other.
    func image(_ part: PartID, _ done: @escaping Completion<ChatImage?>)

    // MARK: Search and spending

    func search(_ search: ChatSearch, _ done: @escaping Completion<SearchAnswer>)
    /// What was used beside answers, whose ends say it.
    func spend(_ entry: SpendingEntry, _ done: @escaping Completion<Void>)
    func spent(_ query: SpendingQuery, _ done: @escaping Completion<[SpendingSum]>)

    // MARK: Archives

    /// The whole tree that can be reached in a chat, by number, from behind `after` up to `last`.
    func tree(
        of chat: ChatID, after: MessageID?, upTo last: MessageID?, limit: Int,
        _ done: @escaping Completion<[MessageRecord]>)
    /// A chat that nobody sees until `adopted` says that it is whole; `settle` removes one that
    /// never was.
    func beginAdoption(_ chat: NewChat, _ done: @escaping Completion<ChatID>)
    /// What is adopted counts as spent by its chat, and on no day.
    func adopt(
        _ messages: [AdoptedMessage], into chat: ChatID, _ done: @escaping Completion<[MessageID]>)
    func adopted(
        _ chat: ChatID, head: MessageID?, _ done: @escaping Completion<ChatRecord>)
    /// It will not become whole.
    func abandon(_ chat: ChatID, _ done: @escaping Completion<Void>)
}
