import KernelDatabase
package import KernelStore

extension SQLiteChatRecords {
    package func search(_ search: ChatSearch, _ done: @escaping Completion<SearchAnswer>) {
        let columns =
            ["said"] + (search.hasThinking ? ["thought"] : []) + (search.hasTools ? ["tool"] : [])
        do throws(StoreError) {
            let expression = try SearchExpression(search.text, columns: columns)
            access.read(to: done) { transaction in
                guard let expression else { return SearchAnswer(hits: [], next: nil) }
                var searching = try ChatSearching(search, expression.text, transaction)
                return try searching.answer(transaction)
            }
        } catch {
            access.refuse(error, to: done)
        }
    }
}
