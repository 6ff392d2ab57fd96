-- The generated listings as real ones, so that both programs answer from the same homes. Run after `alembic upgrade
-- head`, `casabricks load-geography` and listings.sql in the same database; `casabricks rank` follows.
\set ON_ERROR_STOP 1
INSERT INTO properties (id, title, description, listing_type, property_type, price, bhk, area_sqft, area_basis,
  locality, sector_id, latitude, longitude, location_precision, entrance_facing, furnishing, floor_number, total_floors,
  age_years, is_active, listed_at, source, external_id)
SELECT b.id, b.title, b.description, b.listing_type, b.property_type, b.price::bigint, b.bhk, b.area_sqft,
  CASE WHEN b.property_type = 'plot' THEN 'plot' ELSE 'super_built_up' END,
  b.locality, s.id, b.latitude, b.longitude, 'exact', b.facing_direction, b.furnishing_status,
  b.floor_number, CASE WHEN b.floor_number <= b.total_floors THEN b.total_floors END,
  b.age_years, b.is_active, b.created_at AT TIME ZONE 'UTC', 'bench', b.i::text
FROM bench_listings b LEFT JOIN sectors s ON s.slug = 'sector-' || b.sector
ORDER BY b.i;
