/// What the store takes of chats. More is refused with a sentence, or cut where that is said.
package enum ChatLimits {
    /// Of a title, a mode, a model, an author, a tag, a tool, a currency.
    package static let nameBytesMax = 256
    package static let tagsMax = 32
    /// Of one part's text.
    package static let partBytesMax = 4 << 20
    package static let imageBytesMax = 16 << 20
    /// Of one message: its parts, their texts and images together.
    package static let partsMax = 1_000
    package static let messageBytesMax = 32 << 20
    /// In one request to add or adopt.
    package static let messagesPerRequest = 1_000
    package static let stepsPerRequest = 1_000
    /// Of an opening, which is cut.
    static let openingBytesMax = 80
    /// Of a finish, which is cut.
    static let finishBytesMax = 256

    package static let listMax = 1_000
    package static let pageMax = 1_000
    /// A page ends before it has more, but never without a message.
    package static let pageBytesMax = 16 << 20
    package static let promptMessagesMax = 20_000
    package static let promptBytesMax = 64 << 20

    /// Of a stretch of an excerpt, which is cut: words can be long.
    static let excerptBytesMax = 400
    /// Of what is looked for.
    package static let searchBytesMax = 1_000
    package static let searchTermsMax = 32
    package static let searchHitsMax = 100
    /// Places with the words that are looked at for one answer; with more of them in chats that are
    /// not asked for, the answer says where to go on.
    package static let searchLooksMax = 20_000
    /// Of those, the newest ones that are put into another order.
    package static let searchRankedMax = 1_000
}
