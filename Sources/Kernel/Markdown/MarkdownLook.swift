/// How Markdown is to be shown.
package struct MarkdownLook: Equatable, Sendable {
    package var columns: Int
    /// Without colours the marks stay that say the same.
    package var isStyled: Bool
    /// Whether the terminal opens addresses that it is not shown.
    package var opensLinks: Bool

    package init(columns: Int, isStyled: Bool, opensLinks: Bool) {
        self.columns = max(columns, 8)
        self.isStyled = isStyled
        self.opensLinks = opensLinks
    }
}
