"""What the buckets are called: the archive's two by the config's name or a computed one."""

from ops.config.landing_zone import LandingZone


def archive(zone: LandingZone) -> str:
    """Return the archive bucket's name."""
    computed = f"{zone.name}-cloudtrail-{zone.organization.log_archive_account}-{zone.regions.home}"
    return zone.archive.bucket or computed


def access_logs(zone: LandingZone) -> str:
    """Return the name of the bucket that keeps the archive's own access logs.

    Only its beginning is taken from a long archive name, so that the whole
    stays within S3's 63 characters.
    """
    return f"{archive(zone)[:51].rstrip('.-')}-access-logs"


def results(zone: LandingZone) -> str:
    """Return the name of the bucket that Athena writes results to, in the audit account."""
    return f"{zone.name}-athena-{zone.organization.audit_account}-{zone.regions.home}"


def results_access_logs(zone: LandingZone) -> str:
    """Return the name of the bucket that keeps who read results."""
    return f"{results(zone)}-logs"
