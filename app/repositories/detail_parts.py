"""Parts of the detail page as SQL expressions over a listing `p`, shaped as schemas/property_detail.py says."""


def utc_text(column: str) -> str:
    """SQL for a moment as ISO 8601 in UTC; null stays null."""
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


# The table refuses a RERA number that is not well formed.
TRUST = f"""json_build_object(
  'rera', CASE WHEN p.rera_number IS NOT NULL THEN json_build_object(
    'number', p.rera_number, 'well_formed', true, 'verified', NULL,
    'note', coalesce(
      (SELECT 'Well-formed; our copy of the UP-RERA register gives it to ' || s.name || ', not verified for this home'
       FROM societies s WHERE s.id = p.society_id AND p.rera_number = ANY(s.rera_numbers)),
      'Well-formed, not verified: look it up at up-rera.in')) END,
  'ownership', p.ownership,
  'lease_years_left', p.lease_years_left,
  'possession', p.possession,
  'last_verified_at', {utc_text("p.verified_at")},
  'registry_status', NULL)"""
# Members for the detail's `unknown`: the reason for each part of TRUST that is null, null for the others.
TRUST_UNKNOWN = """
  'trust.rera', CASE WHEN p.rera_number IS NULL THEN 'The listing gives no RERA number' END,
  'trust.rera.verified', CASE WHEN p.rera_number IS NOT NULL THEN 'Nobody has looked it up at up-rera.in' END,
  'trust.ownership', CASE WHEN p.ownership IS NULL THEN 'The listing does not give it' END,
  'trust.lease_years_left', CASE WHEN p.lease_years_left IS NULL THEN
    CASE WHEN p.ownership = 'freehold' THEN 'Freehold: there is no lease' ELSE 'The listing does not give it' END END,
  'trust.possession', CASE WHEN p.possession IS NULL THEN 'The listing does not give it' END,
  'trust.last_verified_at', CASE WHEN p.verified_at IS NULL THEN 'Nobody has checked it since it was listed' END,
  'trust.registry_status',
    'Ask the seller before you pay a token amount: whether the deed can be registered is not known'
"""
