import Streaming

/// What a table of a scenario says about the store of a session: `[store]` of the first and, until another says otherwise, of all; the
/// keys of ``keys`` in a `new_session`.
package struct SessionStore: Hashable, Sendable {
    /// nil: the session has no store.
    package var sizeCapBytes: Int64?

    /// The keys in a `new_session`.
    static let keys = ["store", "store_size_cap_bytes"]

    /// `[store]`.
    init(_ table: ScenarioTable) throws(ScenarioError) {
        try table.allow(["size_cap_bytes"])
        sizeCapBytes = try table.integer("size_cap_bytes", 0...Model.maximumStoreBytes)
    }

    private init(sizeCapBytes: Int64?) { self.sizeCapBytes = sizeCapBytes }

    /// The keys of a `new_session`; nil where it says nothing, and the store is as in the session before.
    static func change(_ table: ScenarioTable) throws(ScenarioError) -> SessionStore? {
        if table.has("store") {
            guard try !table.boolean("store") else {
                throw table.source.error(
                    table.at("store"),
                    .wrongValue(
                        expected: "false; a store needs store_size_cap_bytes", found: "true", nearest: nil))
            }
            guard !table.has("store_size_cap_bytes") else {
                throw table.source.error(
                    table.at("store_size_cap_bytes"), .conflict("goes without store = false"))
            }
            return SessionStore(sizeCapBytes: nil)
        }
        guard table.has("store_size_cap_bytes") else { return nil }
        return SessionStore(
            sizeCapBytes: try table.integer("store_size_cap_bytes", 0...Model.maximumStoreBytes))
    }
}
