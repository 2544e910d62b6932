WITH events AS (
  SELECT
    event_id,
    event_time,
    event_source,
    event_name,
    aws_region,
    source_ip_address,
    error_code,
    recipient_account_id,
    user_principal_id,
    user_arn,
    user_access_key_id,
    user_invoked_by,
    raw
  FROM "history"."events"
  WHERE
    day BETWEEN ? AND ?
    AND event_time >= ?
    AND event_time < ?
), opened AS (
  SELECT
    event_time,
    event_id,
    event_name,
    error_code,
    recipient_account_id,
    aws_region,
    COALESCE(user_arn, user_principal_id, user_invoked_by) AS user_arn,
    user_access_key_id,
    source_ip_address,
    COALESCE(
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.groupId'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.groupName'),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.ModifySecurityGroupRulesRequest.GroupId')
    ) AS group_id,
    COALESCE(
      NULLIF(
        ARRAY_JOIN(
          COALESCE(
            TRANSFORM(
              FILTER(
                CAST(JSON_PARSE(
                  JSON_QUERY(
                    raw,
                    'lax $."requestParameters"."ipPermissions"."items"."fromPort"[*]' WITH ARRAY WRAPPER
                  )
                ) AS ARRAY(JSON)),
                x -> JSON_FORMAT(x) <> 'null'
              ),
              x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
            ),
            CAST(ARRAY[] AS ARRAY(VARCHAR))
          ),
          ', '
        ),
        ''
      ),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.fromPort')
    ) AS from_ports,
    COALESCE(
      NULLIF(
        ARRAY_JOIN(
          COALESCE(
            TRANSFORM(
              FILTER(
                CAST(JSON_PARSE(
                  JSON_QUERY(
                    raw,
                    'lax $."requestParameters"."ipPermissions"."items"."toPort"[*]' WITH ARRAY WRAPPER
                  )
                ) AS ARRAY(JSON)),
                x -> JSON_FORMAT(x) <> 'null'
              ),
              x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
            ),
            CAST(ARRAY[] AS ARRAY(VARCHAR))
          ),
          ', '
        ),
        ''
      ),
      JSON_EXTRACT_SCALAR(raw, '$.requestParameters.toPort')
    ) AS to_ports,
    ARRAY_JOIN(
      FILTER(
        COALESCE(
          TRANSFORM(
            FILTER(
              CAST(JSON_PARSE(
                JSON_QUERY(
                  raw,
                  'lax $."requestParameters"."ipPermissions"."items"."ipRanges"."items"."cidrIp"[*]' WITH ARRAY WRAPPER
                )
              ) AS ARRAY(JSON)),
              x -> JSON_FORMAT(x) <> 'null'
            ),
            x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
          ),
          CAST(ARRAY[] AS ARRAY(VARCHAR))
        ) || COALESCE(
          TRANSFORM(
            FILTER(
              CAST(JSON_PARSE(
                JSON_QUERY(
                  raw,
                  'lax $."requestParameters"."ipPermissions"."items"."ipv6Ranges"."items"."cidrIpv6"[*]' WITH ARRAY WRAPPER
                )
              ) AS ARRAY(JSON)),
              x -> JSON_FORMAT(x) <> 'null'
            ),
            x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
          ),
          CAST(ARRAY[] AS ARRAY(VARCHAR))
        ) || COALESCE(
          TRANSFORM(
            FILTER(
              CAST(JSON_PARSE(JSON_QUERY(raw, 'lax $."requestParameters"."cidrIp"[*]' WITH ARRAY WRAPPER)) AS ARRAY(JSON)),
              x -> JSON_FORMAT(x) <> 'null'
            ),
            x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
          ),
          CAST(ARRAY[] AS ARRAY(VARCHAR))
        ) || COALESCE(
          TRANSFORM(
            FILTER(
              CAST(JSON_PARSE(
                JSON_QUERY(
                  raw,
                  'lax $."requestParameters"."ModifySecurityGroupRulesRequest"."SecurityGroupRule"."SecurityGroupRule"."CidrIpv4"[*]' WITH ARRAY WRAPPER
                )
              ) AS ARRAY(JSON)),
              x -> JSON_FORMAT(x) <> 'null'
            ),
            x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
          ),
          CAST(ARRAY[] AS ARRAY(VARCHAR))
        ) || COALESCE(
          TRANSFORM(
            FILTER(
              CAST(JSON_PARSE(
                JSON_QUERY(
                  raw,
                  'lax $."requestParameters"."ModifySecurityGroupRulesRequest"."SecurityGroupRule"."SecurityGroupRule"."CidrIpv6"[*]' WITH ARRAY WRAPPER
                )
              ) AS ARRAY(JSON)),
              x -> JSON_FORMAT(x) <> 'null'
            ),
            x -> COALESCE(JSON_EXTRACT_SCALAR(x, '$'), JSON_FORMAT(x))
          ),
          CAST(ARRAY[] AS ARRAY(VARCHAR))
        ),
        c -> REGEXP_LIKE(c, '/[0-7]$')
      ),
      ', '
    ) AS networks
  FROM events
  WHERE
    event_source = 'ec2.amazonaws.com'
    AND event_name IN ('AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules')
)
SELECT
  event_time,
  group_id,
  networks,
  from_ports,
  to_ports,
  COALESCE(error_code, 'done') AS outcome,
  recipient_account_id AS account,
  aws_region AS region,
  event_name,
  user_arn,
  user_access_key_id AS access_key_id,
  source_ip_address,
  event_id
FROM opened
WHERE
  networks <> ''
ORDER BY
  event_time,
  event_id
-- '2026-11-19'
-- '2026-11-20'
-- TIMESTAMP '2026-11-19 00:00:00'
-- TIMESTAMP '2026-11-21 00:00:00'
