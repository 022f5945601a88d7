import Testing

@testable import Recipes

@Suite struct ByteCountTests {
  @Test(arguments: [
    ("0", 0, "0"), ("1", 1, "1"), ("1e3", 1000, "1KB"), ("512MB", 512_000_000, "512MB"), ("8GB", 8_000_000_000, "8GB"),
    ("1000GB", 1_000_000_000_000, "1TB"), ("2500KB", 2_500_000, "2500KB"), ("1234567", 1_234_567, "1234567"),
    ("0GB", 0, "0"), ("9223372TB", 9_223_372_000_000_000_000, "9223372TB"),
  ])
  func `sizes are read in any unit and written in the largest that divides them`(
    text: String, bytes: Int, written: String
  ) throws {
    let recipe = try parse(smallRecipe + "\nfeature_cache: {limit: \(text)}")
    #expect(recipe.featureCache.limit == bytes)
    #expect(recipe.yaml().contains("\nfeature_cache: {limit: \(written)}\n"))
    #expect(try parse(recipe.yaml()) == recipe)
  }

  @Test(arguments: ["8gb", "GB", "8 GB", "1.5GB", "-1GB", "9223373TB", "8GiB", "off", "[8GB]", "true"])
  func `what is no size is refused with an example`(text: String) {
    let complaints = complaints(smallRecipe + "\nfeature_cache: {limit: \(text)}")
    #expect(complaints.count == 1)
    #expect(
      complaints[0].hasPrefix(
        "r.yaml:10:24: feature_cache.limit: expected a size like 512MB or 8GB, or 0 for none, found "))
  }

  @Test func `a negative limit, no limit and an unknown key are refused`() {
    #expect(
      complaints(smallRecipe + "\nfeature_cache: {limit: -1}") == [
        "r.yaml:10:24: feature_cache.limit: -1 is out of range; it must be at least 0"
      ])
    #expect(
      complaints(smallRecipe + "\nfeature_cache: {}") == [
        "r.yaml:10:16: feature_cache has no limit; add one, like limit: 8GB"
      ])
    #expect(
      complaints(smallRecipe + "\nfeature_cache: {limit: 0, size: 1}").first?.contains("unknown key \"size\"") == true)
  }
}
