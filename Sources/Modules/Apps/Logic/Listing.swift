/// What the tasks `list` and `find` answer.
struct Listing: Encodable {
    let applications: [Entry]
    /// How many there are, of which the first are listed.
    let total: Int

    struct Entry: Encodable {
        let id: String
        let name: String
        let about: String?
        /// What it offers beside opening itself.
        let actions: [String]?
    }

    init(_ found: [Application], limit: Int) {
        total = found.count
        applications = found.prefix(limit).map { application in
            Entry(
                id: application.id, name: application.name,
                about: application.comment ?? application.genericName,
                actions: application.actions.isEmpty ? nil : application.actions.map(\.id))
        }
    }
}
